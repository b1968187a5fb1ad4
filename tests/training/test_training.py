from dataclasses import replace

import pytest
import torch
from torch import nn

from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.undefended import Undefended
from robustseg.models.device import supports_bfloat16
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.training.augmentation import Augmentation

from .trainings import CPU, DEFENSES, SETTINGS, cases, losses, run, same_bits


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
def test_every_defense_learns_a_trivial_task(tmp_path, defense):
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


@pytest.mark.parametrize("network", [nn.Conv3d(4, 3, 1), nn.Conv3d(4, 4, 3), nn.Conv3d(4, 5, 1)])
def test_network_that_answers_in_another_shape_is_said(tmp_path, network):
    with pytest.raises(InputError, match=r"the network's output is \(.*not \(2, 4, 8, 8, 8\)"):
        run(tmp_path / "a.pt", build=lambda: network)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [nn.Softmax(1), nn.Sigmoid()])
def test_a_network_that_ends_in_probabilities_is_refused_in_its_first_epoch(tmp_path, end):
    epochs = []
    with pytest.raises(InputError, match=r"are probabilities.*off the end of the network"):
        run(
            tmp_path / "c.pt",
            build=lambda: nn.Sequential(UNet3D(filters=2, levels=2), end),
            on_epoch=epochs.append,
        )
    assert epochs == []
