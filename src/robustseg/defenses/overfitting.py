"""Catastrophic overfitting: robust to the attack trained on, defenseless against a search.

Adversarial training with one large step can lose its robustness to PGD within an epoch while its
robustness to FGSM rises (Wong et al. 2020, "Fast is better than free"); only PGD shows it.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from robustseg.attacks.signed_steps import Gradient, signed_steps
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.threat.gradient import Forward
from robustseg.threat.threat_model import ThreatModel

STEPS, RELATIVE_STEP = 5, 0.4
"""PGD of the monitor: two radii in all, from the clean volume, so that nothing is drawn."""

COLLAPSED = 0.5
LEARNED = 0.1
"""A network whose Dice under PGD never was more has nothing to lose yet."""


def collapse(course: Sequence[Mapping[str, float]]) -> str | None:
    """Say that the Dice under PGD has halved since its best while that under FGSM has not fallen.

    Args:
        course: what was watched, epoch by epoch; empty where nothing was.

    Returns:
        A line for the log, or None where all is well.
    """
    watched = [epoch for epoch in course if epoch]
    if not watched:
        return None
    last, best = watched[-1], max(watched, key=lambda epoch: epoch["dice_pgd"])
    fallen = last["dice_pgd"] < COLLAPSED * best["dice_pgd"]
    if best["dice_pgd"] > LEARNED and fallen and last["dice_fgsm"] >= best["dice_fgsm"]:
        return (
            f"catastrophic overfitting: the Dice under PGD fell from {best['dice_pgd']:.3f} to "
            f"{last['dice_pgd']:.3f}, under FGSM it is {last['dice_fgsm']:.3f}; train with pgd or "
            "a smaller epsilon"
        )
    return None


@torch.no_grad()
def _dice(forward: Forward, image: Tensor, target: Tensor) -> float:
    logits = forward(image)
    decided = one_hot(logits.argmax(1), logits.shape[1])
    return 1 - float(DiceLoss(include_background=False)(decided, target).mean())


def robust_dice(
    forward: Forward,
    image: Tensor,
    target: Tensor,
    *,
    gradient: Gradient,
    epsilon: float,
    threat_model: ThreatModel,
) -> dict[str, float]:
    """Return the Dice under FGSM and PGD, means over the cases and the tumor's classes.

    Args:
        forward: the network as it is now, without dropout.
        image: ``(N, C, D, H, W)``.
        target: one-hot truth ``(N, classes, D, H, W)``.
        gradient: that both attacks follow.
        epsilon: radius of both attacks, a fraction of the threat model's peak.
        threat_model: reference of epsilon, clipping range and support.
    """
    found = {}
    for name, relative_step, steps in (("fgsm", 1.0, 1), ("pgd", RELATIVE_STEP, STEPS)):
        adversarial = signed_steps(
            gradient,
            image,
            epsilon=epsilon,
            step_size=relative_step * epsilon,
            iterations=steps,
            threat_model=threat_model,
        )
        found[f"dice_{name}"] = _dice(forward, adversarial, target)
    return found
