"""A package `synapseclient` that answers as the real one would, for tests without a network."""

import sys
from pathlib import Path

PACKAGE = '''
import os, pathlib

class SynapseAuthenticationError(Exception):
    """As the real one."""

class Synapse:
    def __init__(self, *, skip_checks=False):
        self.token = None

    def login(self, *, authToken=None, silent=False):
        with open(os.environ["FAKE_SYNAPSE"] + "/commands", "a") as file:
            process = os.getpid()
            while process > 1:
                command = pathlib.Path(f"/proc/{process}/cmdline").read_text()
                file.write(command.replace(chr(0), " ") + chr(10))
                stat = pathlib.Path(f"/proc/{process}/stat").read_text()
                process = int(stat.rpartition(")")[2].split()[1])
        if authToken != os.environ["FAKE_SYNAPSE_TOKEN"]:
            raise SynapseAuthenticationError("invalid: Bearer " + authToken + chr(10) + "sorry")
        self.token = authToken
'''

MODELS = """
import os, pathlib, shutil

class File:
    def __init__(self, *, id=None, path=None, if_collision="keep.both"):
        self.id, self.path = id, path

    def get(self, *, synapse_client=None):
        assert synapse_client.token
        held = list(pathlib.Path(os.environ["FAKE_SYNAPSE"]).glob(f"{self.id}/*"))
        if not held:
            raise RuntimeError("403 Client Error for " + synapse_client.token)
        self.path = shutil.copy(held[0], self.path)
        return self
"""


def fake_synapse(folder: Path, entities: dict[str, tuple[str, bytes]]) -> dict[str, str]:
    """Write the package and the entities; return the environment that puts it into use."""
    package = folder / "fake" / "synapseclient"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PACKAGE)
    (package / "models.py").write_text(MODELS)
    for entity, (name, content) in entities.items():
        (folder / "held" / entity).mkdir(parents=True)
        (folder / "held" / entity / name).write_bytes(content)
    return {
        "PYTHONPATH": str(package.parent),
        "FAKE_SYNAPSE": str(folder / "held"),
        "FAKE_SYNAPSE_TOKEN": "tell-nobody",
        "SYNAPSE_AUTH_TOKEN": "tell-nobody",
    }


def forget_synapse() -> None:
    """Make the next import of synapseclient look again."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "synapseclient"]:
        del sys.modules[name]
