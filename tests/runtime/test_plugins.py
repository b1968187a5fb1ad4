import subprocess
import sys
from pathlib import Path

import pytest

import robustseg
from robustseg.attacks.registry import ATTACKS
from robustseg.defenses.registry import DEFENSES
from robustseg.models.registry import NETWORKS
from robustseg.runtime.plugins import resolve

SOURCE = Path(robustseg.__file__).parents[1]


def test_object_of_a_module():
    assert resolve("pathlib:Path") is Path


@pytest.mark.parametrize(
    "target",
    [
        *(entry.attack for entry in ATTACKS.values()),
        *(entry.build for entry in DEFENSES.values()),
        *(entry.build for entry in NETWORKS.values()),
    ],
)
def test_what_the_registries_name_is_there(target):
    assert callable(resolve(target))


def test_registries_and_configuration_do_without_torch():
    """Snakemake reads them at every start."""
    script = (
        "import sys\n"
        "import robustseg.study.configuration, robustseg.study.study, robustseg.study.fingerprint\n"
        "names = ('torch', 'pandas', 'matplotlib', 'SimpleITK', 'skimage', 'nilearn')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
