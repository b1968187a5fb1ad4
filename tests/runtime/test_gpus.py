"""Jobs and GPUs, without any: the number of GPUs is told, the jobs are processes of their own."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import robustseg
from robustseg.runtime.gpus import claim_gpu

SOURCE = Path(robustseg.__file__).parents[1]


class Job:
    """A process that takes a GPU, says which, and holds it until it is told to end."""

    def __init__(self, folder, count, **environment):
        program = f"""
            import logging, os, pathlib, sys
            from robustseg.runtime.gpus import claim_gpu
            logging.basicConfig(stream=sys.stdout, format="%(message)s")
            folder = pathlib.Path({str(folder)!r})
            taken = claim_gpu(lambda: {count}, folder=folder, pause=0.01)
            assert claim_gpu(lambda: {count}, folder=folder) == taken
            print("took", taken, os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
            sys.stdin.read()
        """
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={"PYTHONPATH": str(SOURCE), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self):
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.communicate(timeout=20)

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=20)


def test_jobs_spread_over_the_gpus(tmp_path):
    jobs = [Job(tmp_path, 3) for _ in range(3)]
    assert {job.says() for job in jobs} == {f"took {gpu} {gpu}" for gpu in (0, 1, 2)}
    for job in jobs:
        job.end()


@pytest.mark.parametrize("how", ["end", "kill"])
def test_one_job_too_many_says_that_it_waits_and_takes_the_gpu_that_is_let_go(tmp_path, how):
    first, second = Job(tmp_path, 2), Job(tmp_path, 2)
    taken = {first.says(): first, second.says(): second}
    third = Job(tmp_path, 2)
    assert third.says().startswith("all 2 GPUs are in use; waiting")
    getattr(taken["took 1 1"], how)()
    assert third.says() == "took 1 1"
    taken["took 0 0"].end()
    third.end()


def test_only_the_visible_gpus_are_taken(tmp_path):
    jobs = [Job(tmp_path, 2, CUDA_VISIBLE_DEVICES="5,GPU-8f1e") for _ in range(2)]
    assert {job.says() for job in jobs} == {"took 5 5", "took GPU-8f1e GPU-8f1e"}
    for job in jobs:
        job.end()


def test_two_slurm_jobs_do_not_wait_for_each_other(tmp_path):
    """Each counts the GPUs that SLURM gave it from 0."""
    jobs = []
    for number in ("11", "12"):
        program = (
            "import sys; from robustseg.runtime.gpus import claim_gpu\n"
            "print('took', claim_gpu(lambda: 1), flush=True); sys.stdin.read()"
        )
        job = subprocess.Popen(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(SOURCE), "TMPDIR": str(tmp_path), "SLURM_JOB_ID": number},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        jobs.append(job)
    assert [job.stdout.readline() for job in jobs] == ["took 0\n", "took 0\n"]
    for job in jobs:
        job.communicate(timeout=20)


def test_without_a_gpu_nothing_is_taken_and_nothing_waits(tmp_path):
    environment = {}
    for _ in range(3):
        assert claim_gpu(lambda: 0, folder=tmp_path / "locks", environment=environment) is None
    assert environment == {}
    assert not (tmp_path / "locks").exists()
