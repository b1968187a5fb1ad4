"""The study on a real SLURM: to the end, through every fault, with the results of a local run.

All runs go side by side, each in a folder of its own; the tests then look at how they ended.
"""

import re
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import psutil
import pytest

from ..workflow.conftest import Checkout, copy_workflow
from .conftest import LONG, OVERLAYS, WEIGHTS, Run

NEVER = 1000
"""Epochs between checkpoints: more than there are."""

PART = """
models:
  - {name: undefended, defense: undefended}
  - {name: adversarial-0.05, defense: adversarial, epsilon: 0.05}
attacks: {random-signs: {epsilons: [0.05]}, ti-fgsm: null}
"""
"""Of the micro-study every stage: each job on SLURM costs two Snakemakes more."""


@dataclass
class Ended:
    """A run that has ended, with Snakemake's status."""

    run: Run
    code: int


def whole_study(run: Run) -> Ended:
    run.change(PART)
    run.start()
    return Ended(run, run.end())


def killed(run: Run) -> Ended:
    run.train()
    run.wait_for_epoch(4).kill()  # epoch 3 is in the checkpoint; 4 is said before it is
    return Ended(run, run.end())


def canceled(run: Run) -> Ended:
    run.train(checkpoint_every=NEVER)
    run.wait_for_epoch(3)
    subprocess.run(["scancel", run.slurm_jobs()[0]], check=True)
    return Ended(run, run.end())


def over_memory(run: Run) -> Ended:
    run.train("--set-resources", "train:mem_mb=400*attempt")
    return Ended(run, run.end())


def over_time(run: Run) -> Ended:
    """A training that stands still until SLURM, at its limit, wakes it to be warned."""
    run.train("--set-resources", "train:slurm_extra='--signal=TERM@5'", checkpoint_every=NEVER)
    run.wait_for_epoch(3).suspend()
    limit = ["JobId=" + run.slurm_jobs()[0], "TimeLimit=1"]
    subprocess.run(["scontrol", "update", *limit], check=True)
    return Ended(run, run.end())


def without_controller(run: Run) -> Ended:
    """Snakemake is killed, and started again by the documented command."""
    run.train()
    run.wait_for_epoch(3)
    run.process.kill()
    run.process.wait()
    run.train(program=("workflow/resume.py",))
    return Ended(run, run.end())


def locally(run: Run) -> Ended:
    """No fault, no SLURM: what the others are compared with."""
    run.change(LONG.format(1))
    done = Checkout(run.folder).snakemake("--configfile", *OVERLAYS, "--", WEIGHTS, cores=1)
    return Ended(run, done.returncode)


SCENARIOS = (killed, canceled, over_memory, over_time, without_controller, locally)


@pytest.fixture(scope="module")
def runs(cluster, prepared, tmp_path_factory):
    """All runs, started."""
    study = copy_workflow(tmp_path_factory.mktemp("study") / "checkout")
    with ThreadPoolExecutor(len(SCENARIOS) + 1) as pool:
        started = {
            scenario.__name__: pool.submit(scenario, Run(prepared(scenario.__name__)))
            for scenario in SCENARIOS
        }
        started["whole_study"] = pool.submit(whole_study, Run(study))
        yield started


@pytest.fixture(scope="module")
def undisturbed(runs: dict[str, Future[Ended]]) -> bytes:
    ended = runs["locally"].result(timeout=300)
    assert ended.code == 0
    return ended.run.weights


def ended_well(future: Future[Ended], undisturbed: bytes) -> Run:
    ended = future.result(timeout=400)
    assert ended.code == 0, ended.run.text[-3000:]
    assert ended.run.weights == undisturbed
    return ended.run


def test_a_killed_training_goes_on(runs, undisturbed):
    run = ended_well(runs["killed"], undisturbed)
    assert run.resumed_after() >= 3
    assert len(run.slurm_jobs()) == 2


def test_a_canceled_training_goes_on_after_its_last_epoch(runs, undisturbed):
    run = ended_well(runs["canceled"], undisturbed)
    assert run.resumed_after() >= 3
    assert run.state(run.slurm_jobs()[0]) == "CANCELLED"


def test_a_job_out_of_memory_is_given_more(runs, undisturbed):
    run = ended_well(runs["over_memory"], undisturbed)
    first, second = run.slurm_jobs()
    assert run.state(first) in ("FAILED", "OUT_OF_MEMORY", "CANCELLED")
    assert run.state(second) == "COMPLETED"


def test_a_training_out_of_time_goes_on(runs, undisturbed):
    run = ended_well(runs["over_time"], undisturbed)
    assert run.resumed_after() >= 3
    first, _ = run.slurm_jobs()
    assert "stopped by SIGTERM in epoch" in run.slurm_log(first)


def test_a_killed_controller_leaves_no_puzzle(runs, undisturbed):
    run = ended_well(runs["without_controller"], undisturbed)
    first, second = run.slurm_jobs()
    assert run.state(first) == "CANCELLED"
    assert run.state(second) == "COMPLETED"


def test_the_study_ends_with_the_scores_of_a_local_run(runs, finished):
    ended = runs["whole_study"].result(timeout=1200)
    assert ended.code == 0, ended.run.text[-3000:]
    results = ended.run.folder / "results/micro"
    assert (results / "index.html").exists()
    for name, rows in (("scores.csv", 30), ("iterations.csv", 6)):
        here = (results / name).read_text().splitlines()
        assert len(here) >= rows
        assert set(here) <= set((finished.folder / "results/micro" / name).read_text().splitlines())
    jobs = int(re.search(r"(\d+) of \1 steps", ended.run.text)[1])
    assert len(ended.run.slurm_jobs()) < jobs / 2, "short jobs are grouped"


def test_slurmctld_may_restart(runs, undisturbed, cluster, prepared):
    """Last: the others would miss it, too."""
    wait(runs.values(), timeout=600)
    run = Run(prepared("restarted"))
    run.train()
    run.wait_for_epoch(1)
    controller = psutil.Process(int((cluster / "slurmctld.pid").read_text()))
    controller.terminate()
    controller.wait(30)
    time.sleep(3)
    subprocess.run(["slurmctld"], check=True)
    assert run.end() == 0, run.text[-3000:]
    assert run.weights == undisturbed
    assert len(run.slurm_jobs()) == 1
