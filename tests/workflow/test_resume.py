"""workflow/resume.py where it must do nothing; what it does: test_kills.py, tests/slurm."""

import subprocess
import sys

import pytest

from .conftest import ROOT

SLEEP = "import time; time.sleep(60)"


def resume(folder, **options):
    command = [sys.executable, str(ROOT / "workflow/resume.py"), "--cores", "1"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def running(tmp_path):
    """A process that looks like Snakemake in this folder."""
    process = subprocess.Popen([sys.executable, "-c", SLEEP, "bin/snakemake"], cwd=tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_snakemake_that_runs_is_left_alone(running, tmp_path):
    done = resume(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Snakemake is running in {tmp_path} (process {running.pid})")
    assert running.poll() is None


def test_nothing_is_done_where_slurm_may_run_its_jobs_on(tmp_path):
    (tmp_path / ".snakemake/slurm_logs").mkdir(parents=True)
    left = subprocess.Popen([sys.executable, "-c", SLEEP, "--mode"], cwd=tmp_path)
    done = resume(tmp_path, env={"PATH": ""})
    assert done.returncode == 1
    assert done.stderr.startswith("SLURM does not answer")
    assert len(done.stderr.splitlines()) == 1
    assert left.poll() is None
    left.kill()
    left.wait()
