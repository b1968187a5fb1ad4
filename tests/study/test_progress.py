import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from robustseg.study.benchmark_summary import read_stages
from robustseg.study.progress import progress
from robustseg.study.study import Study

ROOT = Path(__file__).resolve().parents[2]
EPOCH = "2026-01-01 10:00:00,000 INFO epoch {}/30 loss 0.{}, 12.0 s, about {} s left\n"


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Study(yaml.safe_load((ROOT / "config/config.yaml").read_text()))


def write(study, path, text=""):
    path = study.results / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def states(study):
    return {row.network: row for row in progress(study)}


def test_before_the_run_every_model_is_queued(study):
    found = states(study)
    assert list(found) == list(study.models)
    assert {row.state for row in found.values()} == {"queued"}


def test_a_training_tells_its_last_epoch(study):
    log = "INFO training undefended on cpu\n" + EPOCH.format(1, 91, 348) + EPOCH.format(2, 85, 4000)
    write(study, "logs/train/undefended.log", log)
    row = states(study)["undefended"]
    assert (row.state, row.log) == ("training", ())
    assert row.detail == "epoch 2 of 30, loss 0.85, about 1 h 6 min left"


def test_a_training_that_has_gone_silent_says_so(study):
    path = write(study, "logs/train/undefended.log", EPOCH.format(1, 9, 30))
    os.utime(path, (1, 1))
    assert "nothing said for" in states(study)["undefended"].detail


def test_a_failed_training_shows_the_end_of_its_log(study):
    log = EPOCH.format(3, 9, 30) + "10:00 ERROR loss is nan in epoch 4; lower the learning rate\n"
    write(study, "logs/train/teacher.log", log)
    row = states(study)["teacher"]
    assert row.state == "failed"
    assert "loss is nan in epoch 4" in row.log[-1]


def test_a_stopped_training_will_go_on(study):
    log = EPOCH.format(3, 9, 30) + "10:00 ERROR stopped by SIGTERM in epoch 4 of 30; ...\n"
    write(study, "logs/train/teacher.log", log)
    assert states(study)["teacher"].state == "stopped"


def test_evaluations_are_counted(study):
    write(study, "models/noise-0.01/weights.safetensors")
    write(study, "models/teacher/weights.safetensors")
    mine = [e for e in study.evaluations() if e[0] == "noise-0.01"]
    for model, attack, epsilon in mine[:5]:
        write(study, f"evaluations/{model}/{attack}/{epsilon}.csv")
    row = states(study)["noise-0.01"]
    assert (row.state, row.detail) == ("trained", f"5 of {len(mine)} evaluations")
    assert states(study)["teacher"].state == "trained"
    model, attack, epsilon = mine[5]
    write(study, f"logs/evaluate/{model}/{attack}/{epsilon}.log", "10:00 ERROR damaged weights\n")
    row = states(study)["noise-0.01"]
    assert (row.state, row.detail) == ("failed", f"{attack} {epsilon}")
    assert row.log == ("10:00 ERROR damaged weights",)
    for model, attack, epsilon in mine:
        write(study, f"evaluations/{model}/{attack}/{epsilon}.csv")
    assert states(study)["noise-0.01"].state == "evaluated"


def test_every_network_has_a_line_of_its_own(study):
    study.config["seeds"] = [0, 1]
    write(study, "models/noise-0.01@1/weights.safetensors")
    write(study, "evaluations/noise-0.01@1/fgsm/0.csv")
    found = states(study)
    assert list(found) == study.networks
    count = len([e for e in study.evaluations() if e[0] == "noise-0.01@1"])
    row = found.pop("noise-0.01@1")
    assert (row.state, row.detail) == ("trained", f"1 of {count} evaluations")
    assert {row.state for row in found.values()} == {"queued"}


def test_stages_are_sums_of_benchmarks_and_gpu_time_is_of_jobs_that_took_one(study):
    head = "s\th:m:s\tmax_rss\tcpu_time\n"
    write(study, "benchmarks/train/a.tsv", head + "10.5\t0:00:10\t400.0\t9.5\n")
    write(study, "benchmarks/train/b.tsv", head + "20.0\t0:00:20\t-\tNA\n")
    write(study, "benchmarks/evaluate/a/fgsm/0.05.tsv", head + "3.0\t0:00:03\t200\t2.0\n")
    write(study, "logs/train/a.log", "INFO takes GPU 1\n")
    write(study, "logs/train/b.log", "INFO training b on cpu\n")
    write(study, "logs/evaluate/a/fgsm/0.05.log", "INFO takes GPU 0\n")
    stages = read_stages(study.results)
    assert list(stages) == ["evaluate", "train"]
    assert [(job.wall, job.gpu) for job in stages["train"]] == [(10.5, 10.5), (20, 0)]
    assert [(job.cpu, job.memory) for job in stages["train"]] == [(9.5, 400), (0, 0)]
    assert stages["evaluate"][0].gpu == 3


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("training: {epochs: -3}", "config: training.epochs: -3 "),
        ("training: {epoch: 3}", "config: training: "),
        ("- a list", "overlay.yaml: not a YAML mapping of keys; correct it"),
        ("training: {epochs", "overlay.yaml: not a YAML mapping of keys; correct it"),
    ],
)
def test_status_of_a_wrong_overlay_is_one_line(tmp_path, overlay, said):
    (tmp_path / "overlay.yaml").write_text(overlay)
    command = [sys.executable, str(ROOT / "workflow/status.py"), "overlay.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(said), done.stderr
    assert len(done.stderr.splitlines()) == 1
