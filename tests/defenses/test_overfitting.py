import logging

import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import fgsm
from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.overfitting import RELATIVE_STEP, STEPS, robust_dice
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.threat.signed_steps import signed_steps
from robustseg.threat.threat_model import ThreatModel

SETTINGS = {"epsilon": 0.1, "threat_model": ThreatModel(clip="none"), "loss": DiceLoss()}


def cases():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (2, 6, 6, 6), generator=generator)
    labels[:, :3] = 0
    image = labels[:, None] * 2.0 - 1
    return image, labels


class Bumpy(nn.Module):
    """Right at the volume and at the ball's corners, where FGSM goes; wrong halfway.

    The peak is 1, epsilon 0.1: a change of 0.1 flips no decision, one of 0.04 to 0.08 does.
    """

    def forward(self, image):
        sign = image.sign()
        change = (image - sign).abs() * 10
        margin = sign * (1 - 8 * change * (1 - change))
        # A small slope outwards for FGSM to follow.
        return torch.cat([-margin + 0.01 * image, margin], 1)


class Line(nn.Module):
    """Logits that no change of 0.1 brings near their border."""

    def forward(self, image):
        return torch.cat([-image, image], 1)


def test_dice_is_that_under_fgsm_and_pgd_over_the_tumours_classes():
    torch.manual_seed(1)
    network = UNet3D(filters=2, levels=2).eval().requires_grad_(False)
    image, labels = torch.randn(2, 4, 8, 8, 8), torch.randint(0, 4, (2, 8, 8, 8))
    found = robust_dice(network, image, one_hot(labels, 4), temperature=1, **SETTINGS)
    attacked = {
        "dice_fgsm": fgsm(network, image, labels, **SETTINGS),
        "dice_pgd": signed_steps(
            network, image, labels, step_size=RELATIVE_STEP * 0.1, iterations=STEPS, **SETTINGS
        ),
    }
    for name, adversarial in attacked.items():
        prediction = network(adversarial).argmax(1)
        scores = [
            2 * ((prediction[n] == k) & (labels[n] == k)).sum()
            / ((prediction[n] == k).sum() + (labels[n] == k).sum())
            for n in range(2)
            for k in (1, 2, 3)
        ]  # fmt: skip
        assert found[name] == pytest.approx(torch.stack(scores).mean().item(), abs=1e-5)


def test_collapse_under_pgd_is_a_warning(caplog):
    image, labels = cases()
    with caplog.at_level(logging.WARNING):
        found = robust_dice(Bumpy(), image, one_hot(labels, 2), temperature=1, **SETTINGS)
    assert found["dice_fgsm"] > 0.9
    assert found["dice_pgd"] < 0.1
    (record,) = caplog.records
    assert record.getMessage().startswith("catastrophic overfitting: Dice 0.0")
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("network", [Line(), lambda image: Line()(-image)])
def test_neither_a_robust_network_nor_an_ignorant_one_is_warned_of(caplog, network):
    image, labels = cases()
    with caplog.at_level(logging.WARNING):
        found = robust_dice(network, image, one_hot(labels, 2), temperature=1, **SETTINGS)
    assert found["dice_fgsm"] == found["dice_pgd"]
    assert not caplog.records


def test_monitor_of_a_defence_uses_its_own_radius_and_loss():
    image, labels = cases()
    target = one_hot(labels, 2)
    defense = Adversarial(epsilon=0.1, threat_model=ThreatModel(clip="none"))
    found = defense.monitor(Bumpy(), lambda: (image, target))
    assert found == robust_dice(Bumpy(), image, target, temperature=1, **SETTINGS)
    harmless = Adversarial(epsilon=1e-4, threat_model=ThreatModel(clip="none"))
    assert harmless.monitor(Bumpy(), lambda: (image, target))["dice_pgd"] > 0.9
