"""The lock, the conda environments and the rules agree."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def lock(name):
    lines = (ROOT / name).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[0-9][\w.]*", pin) for pin in pins)
    return dict(pin.split("==") for pin in pins)


def test_the_two_locks_do_not_overlap():
    assert not lock("requirements.lock").keys() & lock("requirements-dev.lock").keys()


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environments_have_the_versions_of_the_lock(path):
    pins = lock("requirements.lock")
    dependencies = yaml.safe_load(path.read_text())["dependencies"]
    assert dependencies[0] == "python>=3.11"
    for dependency in dependencies[1:]:
        name, version = dependency.split("=")
        assert pins[CONDA_NAMES.get(name, name)] == version


def test_every_rule_names_an_environment_that_exists_and_every_environment_is_named():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    named = set(re.findall(r'"\.\./\.\./envs/(\w+)\.yaml"', rules))
    assert named == {path.stem for path in ENVIRONMENTS}


def test_every_script_belongs_to_a_rule():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    scripts = set(re.findall(r'"\.\./scripts/(\w+\.py)"', rules))
    assert scripts == {path.name for path in (ROOT / "workflow/scripts").glob("*.py")}
