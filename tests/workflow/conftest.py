"""A copy of the workflow to run in, and runs of Snakemake in it."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    *(
        "Snakefile",
        "config",
        "profiles",
        "workflow",
        "src",
        "resources",
        "envs",
        "slurm",
        "examples",
    ),
    "tests/micro.yaml",
)


@dataclass(frozen=True)
class Checkout:
    """A folder with the workflow in it."""

    folder: Path

    def snakemake(self, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
        # Snakemake ends only when the timespan of its last job has passed.
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
        command += ["--max-jobs-per-timespan", "100/1s", *arguments]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=800, check=False
        )

    def micro(self, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
        return self.snakemake("--configfile", "tests/micro.yaml", *arguments, cores=cores)

    def planned(self, *arguments: str) -> Counter[str]:
        """Count the jobs, by rule, that a run would start."""
        done = self.micro("--dry-run", "--quiet", "rules", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        text = done.stdout + done.stderr
        return Counter(
            {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", text, re.M)}
        )

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


def copy_workflow(folder: Path) -> Checkout:
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return Checkout(folder)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A workflow without results."""
    return copy_workflow(tmp_path / "checkout")


@pytest.fixture
def edited(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished study, to change and to plan again."""
    folder = tmp_path / "edited"
    shutil.copytree(finished.folder, folder, symlinks=True)
    return Checkout(folder)
