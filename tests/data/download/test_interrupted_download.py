"""A data folder is there whole or not at all, wherever a download is killed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robustseg.data.download import download as module
from robustseg.data.download.sources import is_there

from .downloaded import ARCHIVE, MSD_NAMES, data, fetch, names, served
from .loopback import Answer


def test_ctrl_c_leaves_no_folder(server, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    settings = served(server)
    with monkeypatch.context() as patch:
        patch.setattr(module.json, "dumps", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch(tmp_path / "x", **settings)
    assert not (tmp_path / "x").exists()
    fetch(tmp_path / "x", **settings)
    assert names(tmp_path / "x") == MSD_NAMES


def kill(settings, script, when, *arguments):
    """Run a script on the settings in a process of its own, and kill it."""
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[3])}
    command = [sys.executable, "-c", script, json.dumps(settings), *arguments]
    process = subprocess.Popen(command, env=environment)
    while not when():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()


# Stops for ever before the named call.
STOPPED = """
import json, sys, time
from pathlib import Path
import robustseg.data.download.{module} as module
from robustseg.data.download.download import download

real, left = {owner}.{name}, {after}

def stop(*arguments, **options):
    global left
    if left == 0:
        Path(sys.argv[2]).touch()
        time.sleep(600)
    left -= 1
    return real(*arguments, **options)

{owner}.{name} = stop
download(json.loads(sys.argv[1]), say=print)
"""


@pytest.mark.parametrize(
    ("place", "owner", "name", "after"),
    [
        ("http", "module.hashlib", "file_digest", 0),
        ("archives", "module", "is_wanted", 0),
        ("archives", "module", "is_wanted", 12),
        ("download", "module.json", "dumps", 0),
        ("download", "module.os", "replace", 0),
        ("download", "module.os", "replace", 1),
        ("download", "module.shutil", "rmtree", 1),
    ],
)
def test_a_killed_unpacking_is_never_taken_for_whole(server, tmp_path, place, owner, name, after):
    settings = data(tmp_path / "x", **served(server))
    script = STOPPED.format(module=place, owner=owner, name=name, after=after)
    reached = tmp_path / "reached"
    kill(settings, script, reached.exists, reached)
    whole = (tmp_path / "x").exists()
    assert whole == (name == "rmtree")  # only tidying up was left
    if whole:
        assert names(tmp_path / "x") == MSD_NAMES
    assert is_there(tmp_path / "x") == whole
    module.download(settings, say=print)
    assert names(tmp_path / "x") == MSD_NAMES
    # The archive was whole, and is not sent again.
    assert [wanted for _, wanted in server.asked[1:]] in ([], [f"bytes={len(ARCHIVE)}-"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reached", "x"]


def test_a_killed_download_is_resumed(server, tmp_path):
    settings = data(tmp_path / "x", **served(server))
    server.answers.append(Answer(pause=0.5))
    script = """if True:
        import json, sys
        from robustseg.data.download.download import download
        download(json.loads(sys.argv[1]), say=print)
    """
    kill(settings, script, lambda: any(p.stat().st_size > 0 for p in tmp_path.rglob("*.part")))
    assert not (tmp_path / "x").exists()
    module.download(settings, say=print)
    assert names(tmp_path / "x") == MSD_NAMES
    assert server.asked[0][1] is None
    assert server.asked[1][1].startswith("bytes=")
