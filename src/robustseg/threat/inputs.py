"""Checks of the inputs of an attack, before its first gradient."""

import warnings

import torch
from torch import Tensor, nn

from robustseg.runtime.errors import InputError

WIDEST = 2.0
"""The largest distance between two images of the same magnitude."""

MAPPING = "map every value to its class index; BraTS's 4 is 3: robustseg.data.labels.to_classes"


def check_inputs(model: object, image: Tensor, labels: Tensor, *, epsilon: float) -> None:
    """Check the arguments of an attack, and warn of a model in training mode.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: ``(N, C, D, H, W)``.
        labels: as in `check_labels`.
        epsilon: as in `check_radius`.

    Raises:
        InputError: as in these.
    """
    check_labels(labels, image)
    check_radius(epsilon)
    # A wrapper may be in training mode without any effect, so only its parts count.
    if isinstance(model, nn.Module) and any(
        module.training for module in model.modules() if not list(module.children())
    ):
        warnings.warn(
            "the model, or a part of it, is in training mode: dropout is random and batch "
            "normalization mixes the cases; call model.eval() before attacking it",
            stacklevel=3,
        )


def check_radius(epsilon: float, name: str = "epsilon") -> None:
    """Check that ``epsilon`` is a fraction of the threat model's peak, in [0, 2].

    Raises:
        InputError: it is not.
    """
    if not 0 <= epsilon <= WIDEST:
        raise InputError(
            f"{name} is {epsilon:g}, not a fraction from 0 to {WIDEST:g} of the image's largest "
            "magnitude; for 8 of 255 gray levels give 8 / 255"
        )


def check_labels(labels: Tensor, image: Tensor) -> None:
    """Check that ``labels`` are class indices ``(N, D, H, W)`` of ``image``.

    Raises:
        InputError: they have another shape, or a value that is no index.
    """
    shape, wanted = tuple(labels.shape), (len(image), *image.shape[2:])
    if labels.ndim == 5 and (shape[0], *shape[2:]) == wanted:
        remedy = "labels.squeeze(1)" if shape[1] == 1 else "labels.argmax(1) of one-hot labels"
        raise InputError(
            f"the labels have the shape {shape}, not {wanted}; give class indices: {remedy}"
        )
    if shape != wanted:
        raise InputError(
            f"the labels have the shape {shape}, not {wanted}; give a class index for every voxel "
            "of the image"
        )
    if labels.is_floating_point() and not (labels == labels.round()).all():
        value = labels[labels != labels.round()][0].item()
        raise InputError(
            f"the labels have the value {value:g}, which is no class index; give whole numbers "
            "(labels are resampled by the nearest neighbor)"
        )
    if labels.numel() and labels.min() < 0:
        raise InputError(
            f"the labels have the value {labels.min():g}, which is no class index; map every "
            "value to an index from 0"
        )


def check_soft_labels(labels: Tensor, classes: int) -> None:
    """Check that ``labels`` are probabilities ``(N, classes, D, H, W)``.

    Raises:
        InputError: they are of another number of classes, or have a value outside [0, 1].
    """
    if labels.shape[1] != classes:
        remedy = "; one channel of class indices: labels.squeeze(1)" if labels.shape[1] == 1 else ""
        raise InputError(
            f"the labels have {labels.shape[1]} channels, the model {classes} classes; give a "
            f"probability for every class, or class indices (N, D, H, W){remedy}"
        )
    if not ((labels >= 0) & (labels <= 1)).all():
        raise InputError(
            "the labels have a channel for every class, but values outside 0 and 1; give "
            "probabilities, or class indices (N, D, H, W)"
        )


def check_classes(highest: int, logits: Tensor) -> None:
    """Check that ``logits`` ``(N, classes, D, H, W)`` have a class for the ``highest`` label.

    Raises:
        InputError: they do not.
    """
    cases, classes, *grid = logits.shape
    if highest >= classes:
        wanted = ", ".join(map(str, (cases, f"{highest + 1} or more classes", *grid)))
        raise InputError(
            f"the labels have the value {highest}, but the model's output is "
            f"{tuple(logits.shape)}, not ({wanted}); correct the labels ({MAPPING}) or the network"
        )


def ordinary(tensor: Tensor) -> Tensor:
    """Return a tensor that autograd can save; one from inference mode is copied."""
    with torch.inference_mode(False):
        return tensor.clone() if tensor.is_inference() else tensor
