"""The transfer matrix as heat maps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from robustseg.diagnostics.verdict import TRANSFER_LEAD
from robustseg.figures.panels import leftmost, lowest, region_figure
from robustseg.figures.style import styled
from robustseg.html.palette import VERMILLION
from robustseg.statistics.scores import regions_of
from robustseg.statistics.transfer import mean_dice
from robustseg.tables.labels import short_model_label

COLORS = "cividis"
DARK = 0.55
CELL, LABELS, SMALLEST = 0.19, 1.75, 1.5


@styled
def transfer_figure(
    transfer: pd.DataFrame, models: Sequence[str], *, note: str | None = None
) -> Figure:
    """Draw the mean Dice of every model on the volumes made for every model.

    Args:
        transfer: rows ``source, target, case`` and the Dice of every region.
        models: sources from above, targets from the left.
        note: small remark in the lower right corner.

    Returns:
        One heat map per region, all on one scale from 0 to 1. A white box marks the white-box
        attack, where source and target are one model. A vermillion box marks a Dice more than 0.1
        below the white-box attack of its column: a transfer attack is stronger than the attack
        along the model's own gradient.

    Raises:
        InputError: a pair of models has no row.
    """
    side = max(CELL * len(models), SMALLEST)
    regions = regions_of(transfer)
    figure, panels = region_figure(
        regions, height=LABELS + side, more=LABELS + side, note=note, layout="compressed"
    )
    labels = [short_model_label(model).replace("\n", " ") for model in models]
    for axes, region in zip(panels, regions, strict=True):
        _heat_map(axes, mean_dice(transfer, models, f"dice_{region}"))
        axes.set_xticks(range(len(models)), labels, rotation=90, size=6.5)
        axes.set_yticks(range(len(models)), labels, size=6.5)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    for axes in lowest(panels):
        axes.set_xlabel("Shown to (target)")
    for axes in leftmost(panels):
        axes.set_ylabel("Attacked (source)")
    scale = ScalarMappable(Normalize(0, 1), COLORS)
    figure.colorbar(scale, ax=panels, label="Mean Dice over cases", shrink=0.9, pad=0.02)
    return figure


def _heat_map(axes: Axes, matrix: pd.DataFrame) -> None:
    """Draw one matrix with its numbers and boxes."""
    dice = matrix.to_numpy()
    axes.imshow(dice, cmap=COLORS, vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(dice):
        text = f"{value:.2f}".removeprefix("0")
        color = "white" if value < DARK else "black"
        axes.text(column, row, text, ha="center", va="center", size=5, color=color)
        if row == column:
            _box(axes, row, column, 0.5, "white")
        elif value < dice[column, column] - TRANSFER_LEAD:
            _box(axes, row, column, 0.4, VERMILLION)


def _box(axes: Axes, row: int, column: int, half: float, color: str) -> None:
    corner = column - half, row - half
    axes.add_patch(
        Rectangle(corner, 2 * half, 2 * half, fill=False, edgecolor=color, linewidth=1.2)
    )
