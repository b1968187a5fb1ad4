import csv
import os
import signal
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from robustseg.data.cohort import BRATS
from robustseg.data.samples import Sample, write_sample
from robustseg.defenses.registry import DEFENSES
from robustseg.models.weights import load_model
from robustseg.runtime.errors import InputError, Interrupted
from robustseg.training.history import Progress, write_history
from robustseg.training.loop import Epoch
from robustseg.training.recipe import Paths, train_from_recipe

RECIPE = {
    "defense": DEFENSES["undefended"].build,
    "model": {},
    "cohort": BRATS.as_json(),
    "architecture": {
        "name": "robustseg.models.unet:UNet3D",
        "filters": 2,
        "levels": 2,
        "logit_scale": 1,
    },
    "training": {
        "epochs": 2,
        "batch_size": 2,
        "learning_rate": 1e-3,
        "checkpoint_every": 1,
        "bfloat16": False,
    },
    "augmentation": {"rotation": 15, "flips": ["x"], "transpose": False},
    "loss": {"include_background": True, "squared": False, "smooth": 1e-5},
    "seed": 3,
}
THREAT = {"reference": "volume", "clip": "sequence", "support": "volume"}
DEFENDED = {
    "noise": {"radius": 0.01},
    "adversarial": {"epsilon": 0.05, "training": {"epochs": 1}},
    "pgd": {"epsilon": 0.05, "steps": 2, "relative_step": 0.7},
    "distillation": {"teacher": "teacher", "temperature": 20},
}


@pytest.fixture
def samples(tmp_path):
    generator = np.random.default_rng(0)
    paths = []
    for number in range(3):
        path = tmp_path / f"case-{number}.npz"
        image = generator.normal(size=(4, 8, 8, 8)).astype(np.float32)
        labels = generator.integers(0, 4, (8, 8, 8)).astype(np.uint8)
        write_sample(path, Sample(image=image, labels=labels))
        paths.append(str(path))
    return paths


def train(folder, samples, recipe=RECIPE, *, teacher=None, code="0", threads=1):
    paths = Paths(
        samples=samples,
        statistics=None,
        teacher=teacher,
        weights=str(folder / "weights.safetensors"),
        history=str(folder / "history.csv"),
        tensorboard=str(folder / "tensorboard"),
        checkpoint=str(folder / "checkpoint.pt"),
    )
    train_from_recipe(recipe, name="model", paths=paths, code=code, threads=threads)
    return paths


def kill(*_, **__):
    raise KeyboardInterrupt


def test_files_of_a_training(tmp_path, samples):
    paths = train(tmp_path / "a", samples)
    with open(paths.history, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "loss", "learning_rate", "seconds"]
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert any((tmp_path / "a" / "tensorboard").iterdir())
    assert load_model(paths.weights)(torch.zeros(1, 4, 8, 8, 8)).shape == (1, 4, 8, 8, 8)

    again = train(tmp_path / "b", samples)
    with open(paths.weights, "rb") as one, open(again.weights, "rb") as other:
        assert one.read() == other.read()


@pytest.mark.parametrize("defense", DEFENDED)
def test_every_defense_is_trained_from_its_entry(tmp_path, samples, defense):
    entry = {key: value for key, value in DEFENDED[defense].items() if key != "training"}
    recipe = {
        **RECIPE,
        "defense": DEFENSES[defense].build,
        "model": entry,
        "threat_model": THREAT,
        "training": {**RECIPE["training"], "epochs": 1},
    }
    teacher = None
    if defense == "distillation":
        teacher = train(tmp_path / "teacher", samples).weights
        recipe["teacher_temperature"] = 1
        recipe["architecture"] = {**RECIPE["architecture"], "logit_scale": 20}
    defended = train(tmp_path / "a", samples, recipe, teacher=teacher)
    short = {**RECIPE, "training": recipe["training"]}
    plain = train(tmp_path / "b", samples, {**short, "architecture": recipe["architecture"]})
    image = torch.randn(2, 4, 8, 8, 8)
    first, second = (load_model(paths.weights)(image) for paths in (defended, plain))
    assert torch.isfinite(first).all()
    assert not torch.equal(first, second), "the defense changed nothing"


def test_a_defense_of_ones_own_that_fails_is_one_line(tmp_path, samples):
    (tmp_path / "own.py").write_text(
        "from robustseg import Undefended\n\nclass Own(Undefended):\n"
        "    def updates(self, forward, image, target, *, generator):\n        yield image\n"
    )
    target = f"{tmp_path / 'own.py'}:Own"
    with pytest.raises(InputError, match=r"own\.py:Own: failed") as caught:
        train(tmp_path / "a", samples, {**RECIPE, "defense": target})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "a" / "weights.safetensors").exists()


def test_damaged_teacher_is_one_line_and_no_weights(tmp_path, samples):
    teacher = tmp_path / "teacher.safetensors"
    teacher.write_bytes(b"nothing")
    recipe = {
        **RECIPE,
        "defense": DEFENSES["distillation"].build,
        "teacher_temperature": 1,
    }
    with pytest.raises(InputError, match=r"teacher\.safetensors"):
        train(tmp_path / "a", samples, recipe, teacher=str(teacher))
    assert not (tmp_path / "a" / "weights.safetensors").exists()


@pytest.fixture
def threads_restored():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads_restored")
@pytest.mark.parametrize("change", ["code", "recipe", "sample", "threads", "PyTorch", "nothing"])
def test_checkpoint_is_only_of_what_decides_its_bits(tmp_path, samples, monkeypatch, change):
    folder = tmp_path / "a"
    with monkeypatch.context() as patch:
        # Killed when all epochs are done and the weights are to be written.
        patch.setattr("robustseg.training.recipe.save_weights", kill)
        with pytest.raises(KeyboardInterrupt):
            train(folder, samples)
    assert (folder / "checkpoint.pt").exists()
    recipe, code, threads = RECIPE, "0", 1
    if change == "threads":
        threads = 2
    elif change == "PyTorch":
        monkeypatch.setattr(torch, "__version__", "2.0.0")
    elif change == "code":
        code = "1"
    elif change == "recipe":
        recipe = {**RECIPE, "loss": {**RECIPE["loss"], "smooth": 1e-4}}
    elif change == "sample":
        image, labels = np.ones((4, 8, 8, 8), np.float32), np.zeros((8, 8, 8), np.uint8)
        write_sample(samples[1], Sample(image=image, labels=labels))
    train(folder, samples, recipe, code=code, threads=threads)
    assert (folder / "checkpoint.unusable").exists() == (change != "nothing")


def test_history_file(tmp_path):
    row = Epoch(epoch=1, loss=0.25, learning_rate=1e-4, seconds=2.5)
    write_history(str(tmp_path / "h.csv"), [row])
    text = (tmp_path / "h.csv").read_text()
    assert text == "epoch,loss,learning_rate,seconds\n1,0.25,0.0001,2.5\n"
    assert [*text.split("\n")[0].split(","), "monitored"] == list(asdict(row))


def test_history_has_columns_for_what_was_monitored_and_empty_cells_between(tmp_path):
    row = Epoch(epoch=1, loss=0.25, learning_rate=1e-4, seconds=2.5)
    watched = replace(row, epoch=2, monitored={"dice_fgsm": 0.5, "dice_pgd": 0.25})
    write_history(str(tmp_path / "h.csv"), [row, watched, replace(row, epoch=3)])
    assert (tmp_path / "h.csv").read_text() == (
        "epoch,loss,learning_rate,seconds,dice_fgsm,dice_pgd\n"
        "1,0.25,0.0001,2.5,,\n2,0.25,0.0001,2.5,0.5,0.25\n3,0.25,0.0001,2.5,,\n"
    )


@pytest.mark.parametrize("defense", ["adversarial", "pgd"])
def test_history_of_adversarial_trainings_has_the_dice_under_fgsm_and_pgd(
    tmp_path, samples, defense
):
    entry = {key: value for key, value in DEFENDED[defense].items() if key != "training"}
    recipe = {**RECIPE, "defense": DEFENSES[defense].build, "model": entry, "threat_model": THREAT}
    paths = train(tmp_path, samples, recipe)
    with open(paths.history, newline="") as file:
        first, last = csv.DictReader(file)
    assert first["dice_pgd"] == first["dice_fgsm"] == ""
    assert 0 <= float(last["dice_pgd"]) <= 1
    assert 0 <= float(last["dice_fgsm"]) <= 1
    events = EventAccumulator(paths.tensorboard)
    events.Reload()
    assert events.Scalars("dice_pgd")[0].value == pytest.approx(float(last["dice_pgd"]))


def test_a_signal_keeps_the_last_epoch_and_the_next_run_ends_in_the_same_bits(
    tmp_path, samples, monkeypatch
):
    recipe = {**RECIPE, "training": {**RECIPE["training"], "epochs": 4, "checkpoint_every": 100}}
    undisturbed = train(tmp_path / "undisturbed", samples, recipe)

    def signal_after_two(self, epoch):
        if epoch.epoch == 2:
            os.kill(os.getpid(), signal.SIGUSR1)

    folder = tmp_path / "stopped"
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "__call__", signal_after_two)
        with pytest.raises(Interrupted, match="stopped by SIGUSR1 in epoch 3 of 4"):
            train(folder, samples, recipe)
    assert not (folder / "weights.safetensors").exists()
    assert (folder / "checkpoint.pt").exists()
    again = train(folder, samples, recipe)
    with open(again.weights, "rb") as one, open(undisturbed.weights, "rb") as other:
        assert one.read() == other.read()
