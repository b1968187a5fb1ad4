"""Catastrophic overfitting: robust to the attack trained on, defenceless against a search.

Adversarial training with one large step can lose its robustness to PGD within an epoch while its
robustness to FGSM rises (Wong et al. 2020, "Fast is better than free"); only PGD shows it.
"""

import logging

import torch
from torch import Tensor

from robustseg.models.losses import DiceLoss, one_hot
from robustseg.threat.gradient import Forward, Loss
from robustseg.threat.signed_steps import signed_steps
from robustseg.threat.threat_model import ThreatModel

logger = logging.getLogger(__name__)

STEPS, RELATIVE_STEP = 5, 0.4
"""PGD of the monitor: two radii in all, from the clean volume, so that nothing is drawn."""

COLLAPSED = 0.5
LEARNT = 0.1
"""A network whose Dice under FGSM is less has nothing to lose yet."""


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
    epsilon: float,
    threat_model: ThreatModel,
    loss: Loss,
    temperature: float,
) -> dict[str, float]:
    """Return the Dice under FGSM and PGD, means over the cases and the tumour's classes.

    A Dice under PGD below half of that under FGSM is logged as a warning.

    Args:
        forward: the network as it is now, without dropout.
        image: ``(N, C, D, H, W)``.
        target: one-hot truth ``(N, classes, D, H, W)``.
        epsilon: radius of both attacks, a fraction of the threat model's peak.
        threat_model: reference of epsilon, clipping range and support.
        loss: that both attacks increase.
        temperature: divisor of the logits in the loss.
    """
    found = {}
    for name, relative_step, steps in (("fgsm", 1.0, 1), ("pgd", RELATIVE_STEP, STEPS)):
        adversarial = signed_steps(
            forward,
            image,
            target,
            epsilon=epsilon,
            step_size=relative_step * epsilon,
            iterations=steps,
            threat_model=threat_model,
            loss=loss,
            temperature=temperature,
        )
        found[f"dice_{name}"] = _dice(forward, adversarial, target)
    if found["dice_fgsm"] > LEARNT and found["dice_pgd"] < COLLAPSED * found["dice_fgsm"]:
        logger.warning(
            "catastrophic overfitting: Dice %.3f under PGD, %.3f under FGSM at epsilon %g; "
            "what FGSM shows is not robustness; train with pgd or a smaller epsilon",
            found["dice_pgd"],
            found["dice_fgsm"],
            epsilon,
        )
    return found
