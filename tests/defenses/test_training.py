import logging
from dataclasses import replace

import pytest
import torch
from torch import nn

from robustseg.data.augmentation import Augmentation
from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.checkpoint import Checkpoint
from robustseg.defenses.distillation import Distillation
from robustseg.defenses.noise import Noise
from robustseg.defenses.pgd import PGD
from robustseg.defenses.training import TrainingSettings, train
from robustseg.defenses.undefended import Undefended
from robustseg.errors import InputError, Interrupted
from robustseg.models.device import supports_bfloat16
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D

CPU = torch.device("cpu")
SETTINGS = TrainingSettings(
    epochs=5, batch_size=2, learning_rate=1e-3, seed=7, checkpoint_every=2, bfloat16=False
)


class Teacher(nn.Module):
    """Reads the labels of `cases` off the first sequence."""

    def forward(self, image):
        classes = torch.arange(4.0)[None, :, None, None, None]
        return -10 * (image[:, :1] - classes).square()


DEFENSES = {
    "undefended": Undefended(),
    "noise": Noise(radius=0.05),
    "adversarial": Adversarial(epsilon=0.05),
    "pgd": PGD(epsilon=0.05, steps=2, relative_step=0.7),
    "distillation": Distillation(teacher=Teacher(), teacher_temperature=2, temperature=2),
}


class Killed(Exception):
    """A kill, simulated."""


def cases(count=3):
    """Return cases whose labels can be read off the first sequence."""
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 4, (count, 2, 2, 2), generator=generator)
    labels = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2).repeat_interleave(4, 3)
    image = torch.randn(count, 4, 8, 8, 8, generator=generator) * 0.1
    image[:, 0] += labels
    return image, labels


def run(path, *, identity="this", **changes):
    image, labels = cases()
    arguments = {
        "build": lambda: UNet3D(filters=2, levels=2, dropout=0.3),
        "batch": lambda indices: (image[list(indices)], labels[list(indices)]),
        "count": len(image),
        "classes": 4,
        "defense": Undefended(),
        "loss": DiceLoss(),
        "augmentation": Augmentation(),
        "settings": SETTINGS,
        "device": CPU,
        "checkpoint": Checkpoint(path, identity=identity),
    }
    return train(**{**arguments, **changes})


def kill_after(epoch):
    def on_epoch(row):
        if row.epoch == epoch:
            raise Killed

    return on_epoch


def same_bits(first, second):
    first, second = first.state_dict(), second.state_dict()
    return list(first) == list(second) and all(
        torch.equal(first[name], second[name]) for name in first
    )


def losses(history):
    return [(row.epoch, row.loss, row.learning_rate, row.monitored) for row in history]


@pytest.mark.parametrize("defense", DEFENSES.values(), ids=DEFENSES)
@pytest.mark.parametrize("bfloat16", [False, True])
def test_killed_training_ends_in_the_bits_of_an_undisturbed_one(tmp_path, defense, bfloat16):
    if bfloat16 and not supports_bfloat16(CPU):
        pytest.skip("this CPU does not compute in bfloat16")
    settings = {"defense": defense, "settings": replace(SETTINGS, bfloat16=bfloat16)}
    model, history = run(tmp_path / "undisturbed.pt", **settings)

    path = tmp_path / "killed.pt"
    # Twice: first before epoch 4 is saved, then in the very epoch after the second start.
    for epoch in (4, 3):
        with pytest.raises(Killed):
            run(path, **settings, on_epoch=kill_after(epoch))
        assert path.exists()
    torch.manual_seed(999)
    seen = []
    again, history_again = run(path, **settings, on_epoch=lambda row: seen.append(row.epoch))
    assert seen == [3, 4, 5], "the first two epochs come from the checkpoint"
    assert same_bits(again, model)
    assert losses(history_again) == losses(history)
    assert not path.exists()


def stop_at(update):
    """Ask the training to stop after a number of updates, as a signal does."""
    updates = iter(range(1, update + 1))
    return lambda: "SIGTERM" if next(updates, update) == update else None


@pytest.mark.parametrize("defense", DEFENSES.values(), ids=DEFENSES)
@pytest.mark.parametrize("checkpoint_every", [1, 2, 100])
def test_stopped_training_ends_in_the_bits_of_an_undisturbed_one(
    tmp_path, defense, checkpoint_every
):
    settings = {
        "defense": defense,
        "settings": replace(SETTINGS, checkpoint_every=checkpoint_every),
    }
    model, history = run(tmp_path / "undisturbed.pt", **settings)
    path = tmp_path / "stopped.pt"
    # Three cases in batches of two: the 7th batch is the first of epoch 4.
    with pytest.raises(Interrupted, match=r"stopped by SIGTERM in epoch 4 of 5; .* epoch 3"):
        run(path, **settings, interruption=stop_at(7))
    # Epoch 4 goes on from the checkpoint; a stop before its end loses nothing.
    with pytest.raises(Interrupted, match=r"in epoch 4 of 5; .* epoch 3"):
        run(path, **settings, interruption=stop_at(1))
    seen = []
    again, history_again = run(path, **settings, on_epoch=lambda row: seen.append(row.epoch))
    assert seen == [4, 5]
    assert same_bits(again, model)
    assert losses(history_again) == losses(history)
    assert not path.exists()


def test_training_stopped_in_its_first_epoch_keeps_nothing(tmp_path):
    with pytest.raises(Interrupted, match="goes on after epoch 0"):
        run(tmp_path / "a.pt", interruption=stop_at(1))
    assert not list(tmp_path.iterdir())


def test_two_trainings_are_the_same_bits_and_another_seed_is_not(tmp_path):
    model, history = run(tmp_path / "a.pt")
    torch.manual_seed(5)
    again, history_again = run(tmp_path / "b.pt")
    assert same_bits(model, again)
    assert losses(history) == losses(history_again)
    other, _ = run(tmp_path / "c.pt", settings=replace(SETTINGS, seed=8))
    assert not same_bits(model, other)


def test_how_often_it_is_saved_changes_nothing(tmp_path):
    model, _ = run(tmp_path / "a.pt")
    again, _ = run(tmp_path / "b.pt", settings=replace(SETTINGS, checkpoint_every=1))
    assert same_bits(model, again)


def test_history_has_a_row_an_epoch(tmp_path):
    _, history = run(tmp_path / "a.pt")
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5]
    assert {row.learning_rate for row in history} == {1e-3}
    assert all(row.seconds > 0 and 0 < row.loss < 1 for row in history)


@pytest.mark.parametrize("name", ["adversarial", "pgd"])
def test_what_is_monitored_changes_no_bit(tmp_path, name):
    kind = type(DEFENSES[name])

    class Unwatched(kind):
        def monitor(self, forward, cases):
            return {}

    settings = replace(SETTINGS, epochs=7, bfloat16=supports_bfloat16(CPU))
    watched, history = run(tmp_path / "a.pt", defense=DEFENSES[name], settings=settings)
    plain, bare = run(
        tmp_path / "b.pt", defense=Unwatched(**vars(DEFENSES[name])), settings=settings
    )
    assert same_bits(watched, plain)
    assert [row.loss for row in history] == [row.loss for row in bare]
    assert [row.epoch for row in history if row.monitored] == [5, 7]  # every fifth and the last
    assert not any(row.monitored for row in bare)
    assert list(history[-1].monitored) == ["dice_fgsm", "dice_pgd"]


def test_monitor_sees_the_same_few_cases_as_they_are(tmp_path):
    seen = []

    class Watching(Undefended):
        def monitor(self, forward, cases):
            image, target = cases()
            assert forward(image).shape == target.shape
            seen.append((image, target.argmax(1)))
            return {"count": len(seen)}

    _, history = run(tmp_path / "a.pt", defense=Watching(), settings=replace(SETTINGS, epochs=10))
    image, labels = cases()
    assert len(seen) == 2
    for watched, truth in seen:
        assert torch.equal(watched, image)
        assert torch.equal(truth, labels)
    assert [row.monitored for row in history if row.monitored] == [{"count": 1}, {"count": 2}]


@pytest.mark.parametrize("defense", DEFENSES.values(), ids=DEFENSES)
def test_every_defence_learns_a_trivial_task(tmp_path, defense):
    settings = replace(SETTINGS, epochs=15, learning_rate=2e-2)
    still = Augmentation(rotation=0, flips=(), transpose=False)
    _, history = run(tmp_path / "a.pt", defense=defense, settings=settings, augmentation=still)
    assert history[-1].loss < history[0].loss - 0.05


def test_trained_model_is_in_evaluation_mode(tmp_path):
    model, _ = run(tmp_path / "a.pt")
    assert not any(module.training for module in model.modules())
    image = cases()[0]
    assert torch.equal(model(image), model(image))


@pytest.mark.parametrize("learning_rate", [1e-3, 0.1])
def test_one_update_is_one_step_of_adam(tmp_path, learning_rate):
    """A network of one layer, one batch, one epoch: Adam's first step is the learning rate."""

    def build():
        layer = nn.Conv3d(4, 4, 1, bias=False)
        nn.init.constant_(layer.weight, 0.5)
        return layer

    settings = replace(SETTINGS, epochs=1, batch_size=3, learning_rate=learning_rate)
    still = Augmentation(rotation=0, flips=(), transpose=False)
    model, _ = run(tmp_path / "a.pt", build=build, settings=settings, augmentation=still)
    moved = (model.weight - 0.5).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, learning_rate), rtol=1e-2, atol=0)


def test_temperature_divides_the_logits_in_training(tmp_path):
    """A network whose logits are T times larger, trained at T, learns like the network at 1."""

    def build(scale):
        class Scaled(UNet3D):
            def forward(self, image):
                return super().forward(image) * scale

        return lambda: Scaled(filters=2, levels=2, dropout=0.3)

    plain, history = run(tmp_path / "a.pt", build=build(1))
    at_16, history_at_16 = run(
        tmp_path / "b.pt", build=build(16), defense=Undefended(temperature=16)
    )
    assert same_bits(plain, at_16)  # 16 is a power of 2: no rounding
    assert losses(history) == losses(history_at_16)


def test_every_case_is_seen_once_an_epoch_in_a_new_order(tmp_path):
    image, labels = cases(3)
    asked = []

    def batch(indices):
        asked.append(list(indices))
        return image[list(indices)], labels[list(indices)]

    run(tmp_path / "a.pt", batch=batch)
    assert [len(indices) for indices in asked] == [2, 1] * 5
    epochs = [tuple(asked[n] + asked[n + 1]) for n in range(0, 10, 2)]
    assert all(sorted(epoch) == [0, 1, 2] for epoch in epochs)
    assert len(set(epochs)) > 1


def test_attack_in_training_sees_no_dropout_and_the_updates_do(tmp_path):
    modes = []

    class Noting(UNet3D):
        def forward(self, image):
            modes.append(self.training)
            return super().forward(image)

    run(
        tmp_path / "a.pt",
        build=lambda: Noting(filters=2, levels=2),
        defense=Adversarial(epsilon=0.05),
        settings=replace(SETTINGS, epochs=1, batch_size=3),
    )
    # The gradient of the attack, the adversarial update, the clean update.
    assert modes[:3] == [False, True, True]
    assert not any(modes[3:]), "nor does what is monitored after the epoch"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_loss_that_is_not_finite_ends_the_training(tmp_path, value):
    def loss(probabilities, target):
        return DiceLoss()(probabilities, target) * value

    with pytest.raises(InputError, match=r"loss is (nan|inf) in epoch 1") as caught:
        run(tmp_path / "a.pt", loss=loss)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def interrupted(path, **changes):
    with pytest.raises(Killed):
        run(path, on_epoch=kill_after(3), **changes)
    return path.read_bytes()


def test_checkpoint_of_another_training_is_set_aside(tmp_path, caplog):
    path = tmp_path / "model.pt"
    content = interrupted(path, identity="other")
    with caplog.at_level(logging.WARNING):
        model, history = run(path, identity="this")
    assert same_bits(model, run(tmp_path / "fresh.pt")[0])
    assert len(history) == 5
    assert (tmp_path / "model.unusable").read_bytes() == content
    assert "other settings" in caplog.text


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_damaged_checkpoint_is_set_aside(tmp_path, caplog, share):
    path = tmp_path / "model.pt"
    content = interrupted(path)
    content = content[: int(len(content) * share)]
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        model, _ = run(path)
    assert same_bits(model, run(tmp_path / "fresh.pt")[0])
    assert (tmp_path / "model.unusable").read_bytes() == content
    assert "damaged" in caplog.text
