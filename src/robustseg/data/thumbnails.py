"""Small pictures of a case, as PNG text in a self-contained page."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.image import imsave
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.windows import inside, windowed
from robustseg.html.palette import class_color

SIDE = 88
"""Pixels of a panel's longer side."""


def thumbnail(
    volumes: Mapping[str, NDArray[np.generic]],
    classes: NDArray[np.uint8] | None,
    cohort: Cohort,
) -> str:
    """Return one axial slice of every sequence, and the labels on the last, side by side.

    Args:
        volumes: sequence -> (X, Y, Z) in RAS order; a missing sequence leaves a gray panel.
        classes: class indices of the same shape, or None.
        cohort: the cohort of the case.

    Returns:
        PNG in base64. The slice is the one with the most tumor, or the middle one.
    """
    from scipy.ndimage import find_objects

    first, shown = next(iter(volumes.items()))
    occupied = inside(shown, first, cohort)
    box = find_objects(occupied.view(np.uint8))[0][:2]
    depth = shown.shape[2] // 2
    if classes is not None and classes.any():
        depth = int(np.argmax((classes > 0).sum(axis=(0, 1))))
    panels = [
        gray(windowed(volumes[sequence][:, :, depth][box], sequence, cohort))
        if sequence in volumes
        else None
        for sequence in cohort.sequences
    ]
    last = next(panel for panel in reversed(panels) if panel is not None)
    if classes is not None:
        plane = shrink(upright(classes[:, :, depth][box]))
        last = last.copy()
        for index in range(1, len(cohort.classes)):
            last[plane == index] = np.round(255 * np.array(to_rgb(class_color(index))))
    blank = np.full_like(last, 128)
    row = [blank if panel is None else panel for panel in [*panels, last]]
    nameless: Any = {"Software": None}  # equal pictures have equal bytes
    stream = io.BytesIO()
    imsave(stream, np.concatenate(row, axis=1), format="png", metadata=nameless)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def gray(plane: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return a slice as RGB (rows, columns, 3), from its 1st to its 99th percentile."""
    values = shrink(upright(plane)).astype(np.float64)
    inside = values[values != 0]
    low, high = np.percentile(inside, (1, 99)) if inside.size else (0.0, 1.0)
    low = min(low, 0.0) if values.min() >= 0 else low
    scaled = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    return np.repeat((255 * scaled).astype(np.uint8)[..., None], 3, axis=2)


def upright(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """Turn an axial slice (X, Y) into a picture: front above, the patient's right on the left."""
    return plane.T[::-1]


def shrink(picture: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return every n-th row and column, so that no side is longer than ``SIDE``."""
    step = -(-max(picture.shape[:2]) // SIDE)
    return picture[::step, ::step]
