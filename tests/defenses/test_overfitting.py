import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.problem import Problem
from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.overfitting import RELATIVE_STEP, STEPS, collapse, robust_dice
from robustseg.models.losses import one_hot
from robustseg.models.unet import UNet3D
from robustseg.threat.threat_model import ThreatModel

SETTINGS = {"epsilon": 0.1, "threat_model": ThreatModel(clip="none")}


def dice_of(task):
    """Return the Dice that a defense would watch on a problem."""
    target = one_hot(task.target, task.model(task.image).shape[1])
    return robust_dice(task.model, task.image, target, gradient=task.value_and_gradient, **SETTINGS)


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


def test_dice_is_that_under_fgsm_and_pgd_over_the_tumors_classes():
    torch.manual_seed(1)
    network = UNet3D(filters=2, levels=2).eval().requires_grad_(False)
    image, labels = torch.randn(2, 4, 8, 8, 8), torch.randint(0, 4, (2, 8, 8, 8))
    task = Problem(model=network, image=image, target=labels, **SETTINGS)
    found = dice_of(task)
    attacked = {
        "dice_fgsm": fgsm(task),
        "dice_pgd": task.steps(step_size=RELATIVE_STEP * 0.1, iterations=STEPS),
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


def test_pgd_finds_what_one_step_does_not():
    image, labels = cases()
    found = dice_of(Problem(model=Bumpy(), image=image, target=labels, **SETTINGS))
    assert found["dice_fgsm"] > 0.9
    assert found["dice_pgd"] < 0.1


def course(*pairs):
    return [{"dice_fgsm": fgsm, "dice_pgd": pgd} if pgd is not None else {} for fgsm, pgd in pairs]


NOTHING = (None, None)


def test_collapse_under_pgd_is_a_line():
    line = collapse(course(NOTHING, (0.3, 0.2), (0.6, 0.5), NOTHING, (0.7, 0.1)))
    assert line.startswith(
        "catastrophic overfitting: the Dice under PGD fell from 0.500 to 0.100, under FGSM it is"
    )
    assert "\n" not in line


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [NOTHING],
        [(0.6, 0.1)],  # weak from the start: no collapse
        [(0.6, 0.5), (0.7, 0.3)],
        [(0.6, 0.5), (0.3, 0.1)],  # both have fallen: the training went astray altogether
        [(0.2, 0.08), (0.4, 0.01)],  # nothing learned yet
        [(0.6, 0.5), (0.9, 0.1), (0.6, 0.5)],  # recovered
    ],
)
def test_other_courses_are_not_warned_of(pairs):
    assert collapse(course(*pairs)) is None


def test_monitor_of_a_defense_uses_its_own_radius_and_loss():
    image, labels = cases()
    target = one_hot(labels, 2)
    defense = Adversarial(epsilon=0.1, threat_model=ThreatModel(clip="none"))
    found = defense.monitor(Bumpy(), lambda: (image, target))
    assert found == dice_of(Problem(model=Bumpy(), image=image, target=labels, **SETTINGS))
    harmless = Adversarial(epsilon=1e-4, threat_model=ThreatModel(clip="none"))
    assert harmless.monitor(Bumpy(), lambda: (image, target))["dice_pgd"] > 0.9
