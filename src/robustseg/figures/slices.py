"""Draw axial slices: orientation, gray window, classes in color, outline of the truth.

Slices are shown in the radiological convention: the front of the patient is up, and the
patient's right is on the left of the image.
"""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import NDArray
from skimage.measure import find_contours

from robustseg.data.cohort import Cohort
from robustseg.html.palette import class_color
from robustseg.tables.labels import region_code

CLASS_LABELS = {
    "necrotic": "Necrotic and\nnon-enhancing",
    "edema": "Edema",
    "enhancing": "Enhancing",
}
OUTLINE = "#FFFFFF"
OPACITY = 0.75
LETTERS = 25


def radiological(plane: NDArray[Any]) -> NDArray[Any]:
    """Turn an array over (x to the right, y to the front) into rows and columns of a display."""
    return plane[::-1, ::-1].swapaxes(0, 1)


def gray_window(plane: NDArray[np.float32]) -> tuple[float, float]:
    """Return black and white of a clean slice: its 1st and 99.5th percentile.

    A constant slice gets a window around its value.
    """
    low, high = np.percentile(plane, (1.0, 99.5))
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def bare(axes: Axes) -> None:
    """Remove ticks, frame and grid, but keep room for labels."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def show_gray(axes: Axes, plane: NDArray[np.float32], window: tuple[float, float]) -> None:
    """Show a slice, shape ``(X, Y)``, in grays of ``window``."""
    bare(axes)
    axes.imshow(radiological(plane), cmap="gray", vmin=window[0], vmax=window[1])


def show_classes(
    axes: Axes,
    plane: NDArray[np.float32],
    classes: NDArray[np.uint8],
    window: tuple[float, float],
    *,
    truth: NDArray[np.uint8] | None = None,
) -> None:
    """Show ``classes`` in color over a slice, with the outline of the truth."""
    bare(axes)
    low, high = window
    gray = np.clip((radiological(plane) - low) / (high - low), 0, 1)
    picture = np.repeat(gray[..., None], 3, axis=2)
    shown = radiological(classes)
    for index in range(1, int(shown.max()) + 1):
        of_class, color = shown == index, class_color(index)
        picture[of_class] = (1 - OPACITY) * picture[of_class] + OPACITY * np.array(to_rgb(color))
    axes.imshow(picture)
    if truth is not None:
        edges = LineCollection(outline(radiological(truth) > 0), colors=OUTLINE, linewidths=0.7)
        axes.add_collection(edges, autolim=False)


def outline(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return closed lines halfway between the pixels inside and outside of ``mask``.

    Shape ``(points, 2)`` each, as (column, row), pixel centers at whole numbers.
    """
    padded = np.pad(mask, 1).astype(np.float64)
    return [line[:, ::-1] - 1 for line in find_contours(padded, 0.5)]


def mark_sides(axes: Axes) -> None:
    """Write R and L into the corners on the patient's right and left."""
    for x, side, align in ((0.03, "R", "left"), (0.97, "L", "right")):
        axes.text(
            x, 0.97, side, transform=axes.transAxes, ha=align, va="top", color="white", size=6.5
        )


def legend_handles(cohort: Cohort) -> list[Artist]:
    """Return a legend entry per class and one for the outline of the truth."""
    handles: list[Artist] = [
        Patch(color=class_color(index), label=CLASS_LABELS.get(name, name))
        for index, name in enumerate(cohort.classes)
        if index
    ]
    line = Line2D([], [], color=OUTLINE, linewidth=1.2, label="True outline")
    line.set_path_effects([Stroke(linewidth=2.2, foreground="#555555"), Normal()])
    return [*handles, line]


def dice_text(dice: NDArray[np.float64], *, separator: str = "  ", cohort: Cohort) -> str:
    """Write the Dice of the regions, for instance ``WT 0.84  TC 0.78  ET 0.77``."""
    codes = map(region_code, cohort.regions)
    text = [f"{region}\u00a0{value:.2f}" for region, value in zip(codes, dice, strict=True)]
    # If this is longer than for the regions of BraTS, each region gets its own line.
    return (separator if len(separator.join(text)) <= LETTERS else "\n").join(text)
