"""Checks of the output of a segmentation network, made wherever it is used."""

from collections.abc import Callable
from math import isfinite

import torch
from torch import Tensor

from robustseg.runtime.errors import InputError

TOLERANCE = 1e-3
"""Tolerance of a probability: half precision and blended windows round by less."""

Forward = Callable[[Tensor], Tensor]
"""Images ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``."""


def logits_of(model: Forward, image: Tensor, *, classes: int = 2) -> Tensor:
    """Return ``model(image)`` in float32, or in float64 if the model returns float64.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        classes: the least number of classes.

    Raises:
        InputError: the output has another shape, fewer classes, or a value that is not finite, or
            it is probabilities (see `refuse_probabilities`).
    """
    logits = model(image)
    cases, grid = len(image), tuple(image.shape[2:])
    shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if not (
        isinstance(shape, tuple)
        and (shape[:1], shape[2:]) == ((cases,), grid)
        and shape[1] >= classes
    ):
        wanted = ", ".join(map(str, (cases, f"{classes} or more classes", *grid)))
        raise InputError(f"the model's output is {shape}, not ({wanted}); correct the network")
    logits = logits if logits.dtype == torch.float64 else logits.float()
    refuse_probabilities(logits)
    return logits


def refuse_probabilities(logits: Tensor) -> None:
    """Check that the output of a model is finite, and not the output of a softmax or sigmoid.

    A softmax of probabilities is nearly flat, so attacks on it find a worst case that is far too
    good. If all logits are between 0 and 1, no class has a probability above
    ``e / (e + 1) = 0.73``. No trained network has such logits. The diagnostics flag labels
    in the place of logits (all values 0 or 1).

    Args:
        logits: ``(N, classes, D, H, W)``.

    Raises:
        InputError: a value is not finite, or all are within [0, 1] and not 0 or 1 alone.
    """
    values = logits.detach()
    low, high = (bound.item() for bound in values.aminmax())
    if not (isfinite(low) and isfinite(high)):
        raise InputError("the model's logits are not finite; look at its training history")
    if low < -TOLERANCE or high > 1 + TOLERANCE or ((values == 0) | (values == 1)).all():
        return
    softmax = ((values.sum(1) - 1).abs() < 10 * TOLERANCE).all()
    what, end = (", with a sum of 1 over the classes", "softmax") if softmax else ("", "sigmoid")
    raise InputError(
        f"the model's outputs are probabilities, not logits (all within 0 and 1{what}); take the "
        f"{end} off the end of the network"
    )
