"""What a segmentation network must answer, checked wherever an answer is used."""

from collections.abc import Callable

import torch
from torch import Tensor

from robustseg.errors import InputError

Forward = Callable[[Tensor], Tensor]
"""Images ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``."""


def logits_of(model: Forward, image: Tensor, *, classes: int = 2) -> Tensor:
    """Return ``model(image)`` in float32, or in float64 where the model answers so.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        classes: the least number of them.

    Raises:
        InputError: the output has another shape, fewer classes, or a value that is not finite.
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
    if not torch.isfinite(logits).all():
        raise InputError("the model's logits are not finite; look at its training history")
    return logits if logits.dtype == torch.float64 else logits.float()
