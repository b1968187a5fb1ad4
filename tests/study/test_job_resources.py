import copy
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from robustseg.study.job_resources import (
    SECONDS,
    evaluation_memory,
    evaluation_minutes,
    examination_memory,
    training_memory,
    training_minutes,
)
from robustseg.study.study import Study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


def changed(config, **sections):
    config = copy.deepcopy(config)
    for section, values in sections.items():
        config[section].update(values)
    return Study(config)


def test_training_is_cases_times_epochs_times_voxels_times_filters(config):
    study = changed(
        config, training={"epochs": 600}, preprocessing={"size": 64}, network={"filters": 10}
    )
    cases = len(study.split.train)
    seconds = cases * 600 * 64**3 * 10 * SECONDS
    assert seconds / 60 > 10
    assert training_minutes(study, "undefended") == pytest.approx(30 + seconds / 60, abs=1)
    assert training_minutes(study, "noise-0.01") == pytest.approx(30 + 2 * seconds / 60, abs=1)
    assert training_minutes(study, "adversarial-0.1") == pytest.approx(30 + 3 * seconds / 60, abs=1)


def test_a_training_of_the_paper_takes_hours_and_not_days(config):
    """226 cases, 100 epochs, 128^3 voxels, 16 filters at 2e-8 s: 15168 s, and half an hour."""
    paper = {"training": {"epochs": 100}, "preprocessing": {"size": 128}}
    study = changed(config, **paper, network={"filters": 16}, data={"phantoms": {"cases": 283}})
    study.split = SimpleNamespace(train=range(226))
    assert training_minutes(study, "undefended") == 30 + math.ceil(226 * 100 * 0.67108864 / 60)


def test_a_model_that_trains_longer_asks_for_more(config):
    config = copy.deepcopy(config)
    study = changed(config, preprocessing={"size": 64})
    before = training_minutes(study, "teacher")
    study.models["teacher"]["training"] = {"epochs": 3000}
    assert training_minutes(study, "teacher") > before + 30
    assert training_minutes(study, "undefended") == before


def test_evaluation_grows_with_iterations_and_volume(config):
    small, large = changed(config), changed(config, preprocessing={"size": 256})
    assert evaluation_minutes(large, "fgsm") > evaluation_minutes(small, "fgsm")
    assert evaluation_minutes(large, "i-fgsm") > evaluation_minutes(large, "fgsm")
    cases = len(large.split.test)
    seconds = cases * 12 * 256**3 * 8 * SECONDS
    assert evaluation_minutes(large, "i-fgsm") == pytest.approx(10 + seconds / 60, abs=1)


def test_the_memory_of_diagnostics_is_that_of_all_their_cases(config):
    config["diagnostics"]["cases"] = config["evaluation"]["batch_size"]
    assert examination_memory(Study(config)) == evaluation_memory(Study(config))
    config["diagnostics"]["cases"] = 8
    assert examination_memory(Study(config)) > evaluation_memory(Study(config))
    config["diagnostics"]["cases"] = 1000
    config["evaluation"]["batch_size"] = len(Study(config).split.test)
    assert examination_memory(Study(config)) == evaluation_memory(Study(config))


def test_memory_grows_with_volume_and_batch(config):
    small, large = Study(config), changed(config, preprocessing={"size": 128})
    assert training_memory(large, "teacher") > training_memory(small, "teacher")
    assert evaluation_memory(large) > evaluation_memory(small)
    config["models"][2]["training"] = {"batch_size": 8}
    study = changed(config)
    assert training_memory(study, "teacher") > training_memory(study, "undefended")


def test_the_estimate_for_the_paper_is_what_the_documentation_says():
    done = subprocess.run(
        [sys.executable, "benchmarks/paper.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line for line in done.stdout.splitlines() if line]
    assert len(rows) > 10
    assert set(rows) <= set((ROOT / "slurm" / "README.md").read_text().splitlines())
