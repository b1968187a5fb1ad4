"""The gradient of a segmentation loss with respect to the image."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor, nn

from robustseg.models.losses import one_hot
from robustseg.models.output import Forward, logits_of
from robustseg.runtime.errors import InputError
from robustseg.threat.inputs import check_classes, check_labels, check_soft_labels, ordinary

__all__ = ["Forward", "Loss", "ValueAndGradient", "loss_and_gradient", "value_and_gradient"]

Loss = Callable[[Tensor, Tensor], Tensor]
"""Takes probabilities and target probabilities ``(N, classes, D, H, W)``; returns ``(N,)``."""


@dataclass(frozen=True, kw_only=True)
class ValueAndGradient:
    """The value and the gradient of a function of the logits at an image.

    Attributes:
        value: of each case, ``(N,)``.
        gradient: with respect to the image, ``(N, C, D, H, W)``.
        logits: ``(N, classes, D, H, W)``, the model's own.
    """

    value: Tensor
    gradient: Tensor
    logits: Tensor


def value_and_gradient(
    model: Forward, image: Tensor, function: Callable[[Tensor], Tensor], *, classes: int = 2
) -> ValueAndGradient:
    """Differentiate ``function(model(image))`` with respect to ``image``, case by case.

    If the output does not depend on the image in the computation graph, for instance after a
    ``detach``, the gradient is zero, as for an attack. The function leaves inference mode, which
    has no gradients, for its own duration.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        function: logits to values ``(N,)``; the cases must not mix. It must not use
            tensors of inference mode (see `ordinary`).
        classes: the number of classes of the labels.

    Raises:
        InputError: the model's output is not valid logits (see `logits_of`), its weights or its
            output are of inference mode, the labels have more classes, or a value of the gradient
            is not finite, which makes its sign meaningless.
    """
    if isinstance(model, nn.Module) and any(
        weight.is_inference() for weight in chain(model.parameters(), model.buffers())
    ):
        raise InputError(
            "the model was made in torch.inference_mode() and has no gradient; load it outside"
        )
    gradient = None
    with torch.inference_mode(False), torch.enable_grad():
        variable = ordinary(image).detach().requires_grad_(True)
        logits = logits_of(model, variable)
        if logits.is_inference():
            raise InputError(
                "the model enters torch.inference_mode() itself and has no gradient; give the "
                "network that it calls there"
            )
        check_classes(classes - 1, logits)
        values = function(logits)
        if values.requires_grad:
            (gradient,) = torch.autograd.grad(values.sum(), variable, allow_unused=True)
    if gradient is None:
        gradient = torch.zeros_like(image)
    if not torch.isfinite(gradient).all():
        raise InputError("the gradient of the loss is not finite; look at the training history")
    return ValueAndGradient(value=values.detach(), gradient=gradient, logits=logits.detach())


def loss_and_gradient(
    model: Forward, image: Tensor, target: Tensor, *, loss: Loss, temperature: float = 1
) -> ValueAndGradient:
    """Differentiate ``loss(softmax(model(image) / temperature), target)``.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        target: class indices ``(N, D, H, W)`` or soft labels ``(N, classes, D, H, W)``.
        loss: as `Loss`.
        temperature: divisor of the logits.

    Raises:
        InputError: as `value_and_gradient`, or the target has neither form.
    """
    soft_labels = target.ndim == image.ndim
    if not soft_labels:
        check_labels(target, image)

    def function(logits: Tensor) -> Tensor:
        wanted = ordinary(target)
        if soft_labels:
            check_soft_labels(wanted, logits.shape[1])
        else:
            wanted = one_hot(wanted, logits.shape[1])
        return loss((logits / temperature).softmax(1), wanted)

    classes = 2 if soft_labels else int(target.max()) + 1
    return value_and_gradient(model, image, function, classes=classes)
