"""A SLURM of the tests' own, and runs of the micro-study on it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ..workflow.conftest import Checkout

SWITCH = "ROBUSTSEG_SLURM_TESTS"
OVERLAYS = ("tests/micro.yaml", "changes.yaml")
WEIGHTS = "results/micro/models/undefended/weights.safetensors"
# Long enough to be caught in the middle.
LONG = "training: {{epochs: 150, checkpoint_every: {}}}"
# Status is asked at once: nothing here waits for a busy cluster.
PROFILE = ("--profile", "slurm", "--slurm-init-seconds-before-status-checks", "2")


def until(what: Callable[[], object], *, seconds: float = 300) -> object:
    """Return the first true answer of ``what``."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, f"nothing after {seconds} s: {what}"
        time.sleep(0.05)
    return answer


class Run:
    """A Snakemake of its own in a folder of its own, on SLURM."""

    def __init__(self, checkout: Checkout) -> None:
        self.folder = checkout.folder
        self.output = self.folder / "snakemake.txt"

    def start(self, *arguments: str, program: tuple[str, ...] = ("-m", "snakemake")) -> None:
        overlays = [path for path in OVERLAYS if (self.folder / path).exists()]
        command = [sys.executable, *program, *PROFILE, "--configfile", *overlays]
        with self.output.open("a") as file:
            self.process = subprocess.Popen(
                [*command, *arguments], cwd=self.folder, stdout=file, stderr=file
            )

    def change(self, configuration: str) -> None:
        """Change the micro-study."""
        (self.folder / OVERLAYS[-1]).write_text(configuration)

    def train(self, *arguments: str, checkpoint_every: int = 1, **options: tuple[str, ...]) -> None:
        """Start the training of one model from finished samples."""
        self.change(LONG.format(checkpoint_every))
        self.start(*arguments, "--", WEIGHTS, **options)

    def end(self) -> int:
        return self.process.wait(timeout=1200)

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def weights(self) -> bytes:
        return (self.folder / WEIGHTS).read_bytes()

    @property
    def log(self) -> str:
        path = self.folder / "results/micro/logs/train/undefended.log"
        return path.read_text() if path.exists() else ""

    def resumed_after(self) -> int:
        """Return the epoch that the last attempt went on after."""
        return int(re.search(r"resumed after epoch (\d+), from the checkpoint", self.log)[1])

    def wait_for_epoch(self, number: int) -> psutil.Process:
        """Return the process of the training, once it has finished an epoch."""
        until(lambda: f" epoch {number}/" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.text[-3000:]
        return next(
            process
            for process in psutil.process_iter(["cwd", "cmdline"])
            if process.info["cwd"] == str(self.folder)
            and any(word.endswith(".train.py") for word in process.info["cmdline"] or ())
            and "python" in process.name()
        )

    def slurm_jobs(self) -> list[str]:
        """Return the numbers of all SLURM jobs submitted from here, first the first."""
        return re.findall(r"SLURM jobid (\d+)", self.text)

    def slurm_log(self, job: str) -> str:
        """Return what SLURM kept of a job that failed."""
        return next((self.folder / ".snakemake/slurm_logs").rglob(f"{job}.log")).read_text()

    def state(self, job: str) -> str:
        shown = subprocess.run(
            ["scontrol", "show", "job", job], capture_output=True, text=True, check=True
        ).stdout
        return re.search(r"JobState=(\w+)", shown)[1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running SLURM with two partitions and two GPUs, removed at the end."""
    if os.environ.get(SWITCH) != "1":
        pytest.skip(f"installs SLURM; set {SWITCH}=1 on a machine made for that")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("installs Debian's SLURM, as root: no root or no apt-get here")
    script = Path(__file__).with_name("cluster.sh")
    folder = tmp_path_factory.mktemp("cluster")
    try:
        started = subprocess.run([script, "start", folder], check=False)
        if started.returncode:
            pytest.skip("no SLURM can be installed and started here: see the captured output")
        yield folder
    finally:
        subprocess.run([script, "stop", folder], check=True)


@pytest.fixture(scope="session")
def prepared(
    finished: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Checkout]:
    """Copies of the finished study without one of its models."""

    def copy(name: str) -> Checkout:
        folder = tmp_path_factory.mktemp(name) / "checkout"
        shutil.copytree(finished.folder, folder, symlinks=True)
        shutil.rmtree(folder / Path(WEIGHTS).parent)
        (folder / "results/micro/logs/train/undefended.log").unlink()
        return Checkout(folder)

    return copy
