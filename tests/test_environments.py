"""The lock, the conda environments and the rules agree."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def test_the_lock_has_all_that_its_packages_need():
    """Of what is installed here: other platforms may need other packages."""
    pins = {canonicalize_name(name): version for name, version in lock("requirements.lock").items()}
    missing = [
        f"{name} needs {requirement}"
        for name in pins
        for requirement in map(Requirement, metadata.requires(name) or ())
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
        and not requirement.name.startswith(("nvidia-", "cuda-", "triton"))  # torch for GPUs
        and pins.get(canonicalize_name(requirement.name)) not in requirement.specifier
    ]
    assert not missing


def test_what_the_slurm_profile_needs_is_locked():
    profile = yaml.safe_load((ROOT / "slurm/config.yaml").read_text())
    assert f"snakemake-executor-plugin-{profile['executor']}" in lock("requirements.lock")


def test_the_container_is_built_from_what_is_there():
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert all((ROOT / source).exists() for source in copied)
    base = next(line for line in lines if line.startswith("FROM"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = Requirement(f"python{project['requires-python']}").specifier
    # A tag without a patch number is the latest of its series.
    assert f"{re.search(r'python:([0-9.]+)', base)[1]}.99" in python
    ignored = (ROOT / ".containerignore").read_text().split()
    assert {".git", ".venv", "results", ".snakemake"} <= set(ignored)
