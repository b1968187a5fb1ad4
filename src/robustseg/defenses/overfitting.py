"""Catastrophic overfitting: robustness to the training attack, none to a stronger attack.

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
"""PGD of the monitor: two radii in total, from the clean volume, so nothing is random."""

COLLAPSED = 0.5
LEARNED = 0.1
"""There is no collapse to detect before the Dice under PGD has exceeded this value."""


def collapse(course: Sequence[Mapping[str, float]]) -> str | None:
    """Return a warning if the Dice under PGD has collapsed and the Dice under FGSM has not fallen.

    Args:
        course: the monitored numbers, epoch by epoch; empty if there are none.

    Returns:
        A line for the log, or None without a collapse.
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
        forward: the current network, without dropout.
        image: ``(N, C, D, H, W)``.
        target: one-hot truth ``(N, classes, D, H, W)``.
        gradient: the gradient for both attacks.
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
