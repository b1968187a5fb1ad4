import os
import stat

import pytest

from robustseg.preflight import folder_problems, gpu_problems, slurm_problems

# Partition, generic resources, time limit: a line for every kind of node.
ANSWER = """cpu|(null)|infinite
gpu|gpu:a100:4|1-00:00:00
gpu|(null)|1-00:00:00
debug|gpu:1|30:00
old|(null)|12:00:00
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Programs by the names of SLURM's on the path; returns what sets sinfo's answer."""

    def program(name, text):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)

    program("sbatch", "exit 0")
    program("sinfo", f"cat <<'EOF'\n{ANSWER}EOF")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return lambda text, name="sinfo": program(name, text)


def test_partitions_that_suit_are_no_problem(slurm):
    assert slurm_problems({"cpu": False, "gpu": True}, minutes=1440) == []
    assert slurm_problems({"debug": True}, minutes=30) == []
    assert slurm_problems({}, minutes=0) == []


@pytest.mark.parametrize(
    ("partitions", "minutes", "said"),
    [
        ({"cpu": False, "gpus": True}, 10, "partition gpus is unknown; choose one of cpu, debug, "),
        ({"cpu": True}, 10, "partition cpu has no GPU"),
        ({"gpu": True}, 1441, "a job asks for 1441 minutes, partition gpu grants 1-00:00:00"),
        ({"debug": True}, 31, "a job asks for 31 minutes, partition debug grants 30:00"),
        ({"old": False}, 721, "a job asks for 721 minutes, partition old grants 12:00:00"),
    ],
)
def test_each_problem_is_one_line_that_names_the_file(slurm, partitions, minutes, said):
    (line,) = slurm_problems(partitions, minutes=minutes)
    assert line.startswith("slurm/config.yaml: ")
    assert said in line
    assert "\n" not in line


def test_all_problems_are_said_together(slurm):
    assert len(slurm_problems({"here": False, "there": True, "old": True}, minutes=1)) == 3


def test_without_slurm_it_is_sbatch_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (line,) = slurm_problems({"cpu": False}, minutes=1)
    assert line.startswith("sbatch: is not on the path")


def test_a_controller_that_does_not_answer_is_quoted(slurm):
    slurm("echo 'slurm_load_partitions: Unable to contact slurm controller' >&2; exit 1")
    (line,) = slurm_problems({"cpu": False}, minutes=1)
    assert "does not answer (slurm_load_partitions: Unable to contact slurm controller)" in line


def test_a_folder_that_can_be_made_or_written_is_no_problem(tmp_path):
    assert folder_problems(tmp_path) == []
    assert folder_problems(tmp_path / "not" / "yet" / "there") == []
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_a_problem(tmp_path):
    (tmp_path / "results").write_text("")
    (line,) = folder_problems(tmp_path / "results" / "study")
    assert str(tmp_path / "results") in line


def test_more_gpus_than_there_are(slurm):
    slurm("echo 'GPU 0: A100 (UUID: GPU-1)'; echo 'GPU 1: A100 (UUID: GPU-2)'", name="nvidia-smi")
    assert gpu_problems(0) == gpu_problems(2) == []
    (line,) = gpu_problems(3)
    assert line.startswith("--resources gpu=3: this machine has 2")


def test_a_machine_without_gpus_is_asked_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_problems(4) == []
