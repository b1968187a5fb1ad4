"""Iterative FGSM and its targeted form (Kurakin et al. 2017) with a segmentation loss."""

from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.request import OnIterate, Request
from robustseg.attacks.signed_steps import signed_steps
from robustseg.models.losses import DiceLoss
from robustseg.threat.gradient import Loss
from robustseg.threat.inputs import check_inputs
from robustseg.threat.threat_model import ThreatModel


def i_fgsm(
    model: nn.Module,
    image: Tensor,
    target: Tensor,
    *,
    epsilon: float,
    step_size: float = 0.005,
    iterations: int = 10,
    threat_model: ThreatModel = ThreatModel(),
    loss: Loss = DiceLoss(),
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return the last of ``X_k+1 = project(X_k + alpha * sign(grad loss(X_k, target)))``.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``, of any intensity range.
        target: true class indices ``(N, D, H, W)``.
        epsilon: radius of the ball, a fraction of the threat model's peak, >= 0.
        step_size: alpha, in the units of epsilon.
        iterations: number of steps.
        threat_model: reference of epsilon, clipping range, support.
        loss: the loss to increase, one value a case.
        on_iterate: called after every step.

    Raises:
        InputError: as `loss_gradient`, or epsilon or step_size is not in [0, 2].
    """
    check_inputs(model, image, target, epsilon=epsilon)
    return signed_steps(
        model,
        image,
        target,
        ascend=True,
        epsilon=epsilon,
        step_size=step_size,
        iterations=iterations,
        threat_model=threat_model,
        loss=loss,
        on_iterate=on_iterate,
    )


def ti_fgsm(
    model: nn.Module,
    image: Tensor,
    target: Tensor,
    *,
    epsilon: float,
    step_size: float = 0.005,
    iterations: int = 10,
    threat_model: ThreatModel = ThreatModel(),
    loss: Loss = DiceLoss(),
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return the last of ``X_k+1 = project(X_k - alpha * sign(grad loss(X_k, target)))``.

    Here ``target`` is the segmentation that the attacker *wants*, class indices
    ``(N, D, H, W)``, and the loss to it is decreased. The other arguments and the errors are those
    of `i_fgsm`.
    """
    check_inputs(model, image, target, epsilon=epsilon)
    return signed_steps(
        model,
        image,
        target,
        ascend=False,
        epsilon=epsilon,
        step_size=step_size,
        iterations=iterations,
        threat_model=threat_model,
        loss=loss,
        on_iterate=on_iterate,
    )


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "epsilon": request.epsilon,
        "step_size": request.parameters["step_size"],
        "iterations": request.parameters["iterations"],
        "threat_model": request.threat_model,
        "loss": request.loss,
        "on_iterate": request.on_iterate,
    }


def craft(request: Request) -> Tensor:
    """Run i-FGSM for an evaluation."""
    return i_fgsm(request.model, request.image, request.labels, **_arguments(request))


def craft_targeted(request: Request) -> Tensor:
    """Run ti-FGSM for an evaluation: every voxel is to become the parameter ``target_class``."""
    wanted = torch.full_like(request.labels, request.parameters["target_class"])
    return ti_fgsm(request.model, request.image, wanted, **_arguments(request))
