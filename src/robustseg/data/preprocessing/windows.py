"""Intensity windows, and the background with and without a window."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.background import zero_background


def windowed(volume: NDArray[Any], sequence: str, cohort: Cohort) -> NDArray[Any]:
    """Return a volume of any shape clipped to the window of its sequence, if it has one."""
    if sequence not in cohort.windows:
        return volume
    clipped: NDArray[Any] = np.clip(volume, *cohort.windows[sequence])
    return clipped


def windowed_case(images: NDArray[np.float32], cohort: Cohort) -> NDArray[np.float32]:
    """Return the images (C, X, Y, Z) of a case, each with a background of one value.

    An image with a window is clipped to it, and its background is the lower end. Any other
    background is 0, see `zero_background`.
    """
    settled = [
        zero_background(windowed(image, name, cohort), name, cohort)
        for image, name in zip(images, cohort.sequences, strict=True)
    ]
    return np.stack(settled).astype(np.float32)


def inside(volume: NDArray[Any], sequence: str, cohort: Cohort) -> NDArray[np.bool_]:
    """Return the foreground of a volume: above the lower end of its window, or else nonzero."""
    if sequence in cohort.windows:
        above: NDArray[np.bool_] = volume > cohort.background(sequence)
        return above
    nonzero: NDArray[np.bool_] = volume != 0
    return nonzero


def foreground(
    volumes: Mapping[str, NDArray[Any]] | Iterable[NDArray[Any]], cohort: Cohort
) -> NDArray[np.bool_]:
    """Return the voxels that are foreground in any sequence.

    Args:
        volumes: sequence -> volume; or volumes of one shape in the order of the cohort.
        cohort: their cohort.
    """
    if not isinstance(volumes, Mapping):
        volumes = dict(zip(cohort.sequences, volumes, strict=True))
    masks = [inside(volume, sequence, cohort) for sequence, volume in volumes.items()]
    together: NDArray[np.bool_] = np.any(masks, axis=0)
    return together
