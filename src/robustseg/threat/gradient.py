"""The gradient of a segmentation loss with respect to the image."""

from collections.abc import Callable

import torch
from torch import Tensor

from robustseg.errors import InputError
from robustseg.models.losses import one_hot

Forward = Callable[[Tensor], Tensor]
"""Images ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Takes probabilities and target probabilities ``(N, classes, D, H, W)``; returns ``(N,)``."""


def loss_gradient(
    model: Forward, image: Tensor, target: Tensor, *, loss: Loss, temperature: float = 1
) -> Tensor:
    """Return the gradient of ``loss(softmax(model(image) / temperature), target)``.

    The cases of a batch do not mix: each one's gradient is that of its own loss.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        target: class indices ``(N, D, H, W)`` or soft labels ``(N, classes, D, H, W)``.
        loss: as `Loss`.
        temperature: divisor of the logits.

    Raises:
        InputError: a value of the gradient is not finite: no sign of it would mean anything.
    """
    variable = image.detach().requires_grad_(True)
    with torch.enable_grad():
        logits = model(variable).float() / temperature
        soft = target if target.ndim == logits.ndim else one_hot(target, logits.shape[1])
        value = loss(logits.softmax(1), soft).sum()
    (gradient,) = torch.autograd.grad(value, variable)
    if not torch.isfinite(gradient).all():
        raise InputError("the gradient of the loss is not finite; look at the training history")
    return gradient
