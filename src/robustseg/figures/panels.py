"""One panel per region, with as many side by side as fit on a page."""

from collections.abc import Sequence
from math import ceil
from string import ascii_lowercase

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from robustseg.figures.style import DOUBLE_COLUMN, Layout, new_figure
from robustseg.tables.labels import region_label

ABREAST = 3
WIDTHS = {1: 3.9, 2: 5.6}
"""Inches of a figure with fewer panels than fit side by side on a page."""


def region_figure(
    regions: Sequence[str], *, height: float, more: float, note: str | None, layout: Layout
) -> tuple[Figure, list[Axes]]:
    """Return a figure and its panels, one per region, lettered and titled, on common axes.

    Args:
        regions: in order.
        height: inches of a figure with one row of panels.
        more: inches of each further row.
        note: small remark in the lower right corner.
        layout: see :func:`robustseg.figures.style.new_figure`.
    """
    abreast = min(ABREAST, len(regions))
    rows = ceil(len(regions) / abreast)
    width = WIDTHS.get(abreast, DOUBLE_COLUMN)
    figure = new_figure(width, height + more * (rows - 1), note=note, layout=layout)
    grid = figure.subplots(rows, abreast, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for axes in panels[len(regions) :]:
        axes.set_visible(False)
    panels = panels[: len(regions)]
    for place, (axes, region) in enumerate(zip(panels, regions, strict=True)):
        letter = f"({ascii_lowercase[place % len(ascii_lowercase)]}) " if len(regions) > 1 else ""
        axes.set_title(f"{letter}{region_label(region)}", loc="left")
        # The lowest panel of a column has the labels, which common axes omit above.
        if place + abreast >= len(regions):
            axes.tick_params(labelbottom=True)
    return figure, panels


def lowest(panels: Sequence[Axes]) -> Sequence[Axes]:
    """Return the lowest panel of every column."""
    return panels[-min(ABREAST, len(panels)) :]


def leftmost(panels: Sequence[Axes]) -> Sequence[Axes]:
    """Return the first panel of every row."""
    return panels[:: min(ABREAST, len(panels))]
