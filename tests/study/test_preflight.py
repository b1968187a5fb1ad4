import os
import shlex
import stat
import subprocess
import time

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from robustseg.models.weights import save_weights
from robustseg.study.preflight import (
    date_problems,
    folder_problems,
    gpu_problems,
    python_problems,
    slurm_problems,
    weights_problems,
)

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


def test_files_dated_ahead_are_named_together_and_the_command_mends_them(tmp_path):
    paths = [tmp_path / case / f"{case}_t1.nii.gz" for case in ("a", "b c", "d")]
    for path in paths:
        path.parent.mkdir()
        path.touch()
    assert date_problems(paths) == []
    for path in paths[:2]:
        os.utime(path, (time.time() + 3600,) * 2)
    (line,) = date_problems(paths)
    assert line.startswith(f"{tmp_path}: has files dated ahead of now (2, up to ")
    command = shlex.split(line.rpartition("now: ")[2])
    assert command == ["touch", *map(str, paths[:2])]
    subprocess.run(command, check=True)
    assert date_problems(paths) == []


def test_one_file_dated_ahead(tmp_path):
    path = tmp_path / "a.nii.gz"
    path.touch()
    os.utime(path, (time.time() + 60,) * 2)
    (line,) = date_problems([path])
    assert line.startswith(f"{tmp_path}: has files dated ahead of now (1, up to ")


def test_only_what_a_training_of_the_network_wrote_may_be_overwritten(tmp_path):
    model = nn.Linear(2, 2)
    names = ("own", "another", "library", "bare", "strange", "damaged", "missing")
    weights = {name: tmp_path / name / "weights.safetensors" for name in names}
    save_weights(weights["own"], model, {"name": "unet3d"}, training="own")
    save_weights(weights["another"], model, {"name": "unet3d"}, training="own")
    save_weights(weights["library"], model, {"name": "unet3d"})
    for name in ("bare", "strange", "damaged"):
        weights[name].parent.mkdir()
    save_file({"weight": torch.zeros(2)}, weights["bare"])
    save_file({"weight": torch.zeros(2)}, weights["strange"], metadata={"architecture": "[1]"})
    weights["damaged"].write_bytes(weights["own"].read_bytes()[:50])
    found = weights_problems(weights)
    assert [line.partition(": ")[0] for line in found] == [
        str(weights[name]) for name in ("another", "library", "bare", "strange", "damaged")
    ]
    assert "by the training of another, which would overwrite it; move it away" in found[0]


def test_a_python_that_a_shell_cannot_start_as_it_is():
    assert python_problems("/home/me/robustseg/.venv/bin/python3.11") == []
    (line,) = python_problems("/home/me/my studies/.venv/bin/python")
    assert line.startswith("/home/me/my studies/.venv/bin/python: ")
