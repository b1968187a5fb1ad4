"""A results folder that fills up, and one that cannot be written."""

import filecmp
import os
import subprocess

import pytest

WEIGHTS = "results/micro/models/undefended/weights.safetensors"


@pytest.fixture
def mounted(checkout):
    """A checkout whose results are on a disk of their own, to be given a size."""
    if os.geteuid() != 0:
        pytest.skip("mounts a small disk: needs root")
    folder = checkout.folder / "results"
    folder.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    # What no longer fits is a phantom. Snakemake says of its own small files what the system says.
    if not mount("size=320k"):
        pytest.skip("mounts a small disk: not allowed here")
    yield checkout, mount
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_run_goes_on_after_space_is_made(mounted, finished):
    checkout, mount = mounted
    done = checkout.micro("--", WEIGHTS, cores=1)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "the disk is full; make space and run again" in text
    assert "Traceback" not in text
    results = checkout.folder / "results"
    assert not [path for path in results.rglob("*") if ".partial." in path.name]
    mount("remount,size=200m")
    done = checkout.micro("--rerun-incomplete", "--", WEIGHTS)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert filecmp.cmp(checkout.folder / WEIGHTS, finished.folder / WEIGHTS, shallow=False)


def test_a_folder_that_cannot_be_written_is_said_before_any_job(mounted):
    checkout, mount = mounted
    assert mount("remount,ro")
    done = checkout.micro("--", WEIGHTS)
    said = [
        line for line in (done.stdout + done.stderr).splitlines() if "cannot be written" in line
    ]
    assert done.returncode != 0
    assert len(said) == 1
    assert str(checkout.folder / "results") in said[0]
    assert "Traceback" not in done.stdout + done.stderr
