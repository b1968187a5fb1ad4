"""Apparent and worst-case Dice of every model against epsilon."""

from collections.abc import Mapping, Sequence
from math import ceil
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from robustseg.figures.style import DOUBLE_COLUMN, legend_below, model_style, new_figure, styled
from robustseg.html.palette import BLACK, GRAY, VERMILLION
from robustseg.runtime.errors import InputError
from robustseg.statistics.scores import CONTROL, clean, dice_columns, holds, regions_of
from robustseg.statistics.seeds import seed_means
from robustseg.statistics.worst_case import WORST_CASE, as_scores
from robustseg.tables.labels import region_label, short_model_label

COLUMNS = 5
FLAG = "\u2691"
NBSP = "\u00a0"
SHADE = 0.22
THIN = 0.28
LETTERS = 22
ROW = 0.95
"""Inches of a region's row of panels; a single row has twice that, to leave room for the legend."""


@styled
def robustness(
    scores: pd.DataFrame,
    worst: pd.DataFrame,
    flags: Mapping[str, Sequence[str]],
    *,
    epsilon: float,
    note: str | None = None,
) -> Figure:
    """Draw apparent robustness, worst case and control of every model.

    Args:
        scores: the long table of scores: FGSM (the paper's attack: the *apparent* robustness) and
            random signs (the *control*, made without the model).
        worst: the worst cases (:func:`robustseg.statistics.worst_case.worst_case`).
        flags: models in order, and the names of the flags of each.
        epsilon: the gap between apparent and worst case is written at this epsilon.
        note: small remark in the lower right corner.

    Returns:
        One column per model, five side by side, and one row per region: mean Dice over cases and
        seeds. The gap between FGSM and the worst case is shaded, with its size at ``epsilon``. The
        title of a flagged model shows the flag.

    Raises:
        InputError: a model has no scores under FGSM, no worst case, or none at ``epsilon``.
    """
    columns = min(COLUMNS, len(flags))
    blocks, rows = ceil(len(flags) / columns), len(dice_columns(scores))
    height = (3.5 + ROW * (max(rows, 2) - 3)) * blocks
    figure = new_figure(DOUBLE_COLUMN * (columns + 0.4) / (COLUMNS + 0.4), height, note=note)
    grid = figure.subplots(rows * blocks, columns, sharex=True, sharey=True, squeeze=False)
    labels = {model: _flag(names) for model, names in flags.items()}
    lines_of_flags = max((label.count("\n") + 1 for label in labels.values() if label), default=0)
    everything = seed_means(pd.concat([scores, as_scores(worst)]))
    for place, (model, label) in enumerate(labels.items()):
        block, column = divmod(place, columns)
        panels = grid[rows * block : rows * (block + 1), column]
        lines = _lines(everything, model)
        for axes, dice in zip(panels, dice_columns(scores), strict=True):
            _panel(axes, model, {name: line[dice] for name, line in lines.items()}, epsilon)
        _title(panels[0], model, label, pad=4 + 8 * lines_of_flags)
        panels[-1].set_xlabel("ε")
        panels[-1].tick_params(labelbottom=True)
        if column == 0:
            for axes, region in zip(panels, regions_of(scores), strict=True):
                axes.set_ylabel(f"Dice\n{region_label(region)}", size=6.5)
    for axes in grid[-rows:, (len(flags) - 1) % columns + 1 :].flat:
        axes.set_visible(False)
    largest = worst["epsilon"].max()
    grid[0, 0].set(ylim=(0, 1), xlim=(-0.04 * largest, 1.04 * largest), yticks=(0, 0.5, 1))
    legend_below(figure, _legend(epsilon))
    return figure


def _lines(scores: pd.DataFrame, model: str) -> dict[str, pd.DataFrame]:
    """Return the mean Dice by epsilon of the three lines; apparent and control start at 0."""
    ours = scores[scores["model"] == model]
    lines = {}
    for attack in ("fgsm", CONTROL, WORST_CASE):
        rows = ours[(ours["attack"] == attack) | holds(ours, clean(model))]
        if attack == WORST_CASE:
            rows = ours[ours["attack"] == attack]
        lines[attack] = rows.groupby("epsilon")[list(dice_columns(scores))].mean()
        if attack != CONTROL and len(lines[attack]) < 2:
            raise InputError(
                f"figure robustness: {model} has no scores under {attack}; evaluate it or leave "
                "the model out"
            )
    return lines


def _panel(axes: Axes, model: str, lines: Mapping[str, pd.Series], epsilon: float) -> None:
    """Draw one region of one model."""
    style = model_style(model)
    apparent, worst = lines["fgsm"], lines[WORST_CASE]
    at = np.union1d(apparent.index, worst.index)
    at = at[at <= min(apparent.index.max(), worst.index.max())]
    upper, lower = (np.interp(at, line.index, line) for line in (apparent, worst))
    axes.fill_between(
        at, lower, np.maximum(lower, upper), color=style.color, alpha=SHADE, linewidth=0
    )
    control = lines[CONTROL]
    axes.plot(control.index, control, color=GRAY, linewidth=0.8, linestyle="--")
    line = {**style.line(), "marker": "o", "markersize": 2.6}
    axes.plot(apparent.index, apparent, **line | {"linewidth": 0.8}, markerfacecolor="white")
    axes.plot(worst.index, worst, **line | {"linewidth": 1.8})
    if epsilon not in apparent.index or epsilon not in worst.index:
        raise InputError(
            f"figure robustness: {model} has no apparent or no worst-case score at epsilon "
            f"{epsilon:g}; add it to adaptive.epsilons and to those of fgsm"
        )
    _gap(axes, apparent[epsilon], worst[epsilon], epsilon)


def _gap(axes: Axes, apparent: float, worst: float, epsilon: float) -> None:
    """Write the size of the gap at ``epsilon`` into it, or beside it if it is too thin."""
    x, y, position = epsilon, (apparent + worst) / 2, "center"
    if apparent - worst < THIN:
        y, position = (worst - 0.06, "top") if worst > 0.2 else (apparent + 0.06, "bottom")
    axes.text(
        x, y, f"{apparent - worst:.2f}", ha="center", va=position, size=6.5, weight="bold",
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip


def _flag(names: Sequence[str]) -> str:
    """Return the first flag and the number of the others, in lines of a panel's width."""
    if not names:
        return ""
    others = f" +{len(names) - 1}" if len(names) > 1 else ""
    name, bracket, seeds = names[0].partition("(")
    # The number of seeds stays in one line.
    return fill(f"{FLAG} {name}{bracket}{seeds.replace(' ', NBSP)}{others}", LETTERS)


def _title(axes: Axes, model: str, flag: str, *, pad: float) -> None:
    """Write the model's name ``pad`` points above the panel, and its flag below the name."""
    axes.set_title(short_model_label(model), loc="left", size=7.5, pad=pad)
    if flag:
        axes.annotate(
            flag, (0, 1), (0, 2.5), xycoords="axes fraction", textcoords="offset points", size=6.5,
            color=VERMILLION, weight="bold", annotation_clip=False, linespacing=1.1,
        )  # fmt: skip


def _legend(epsilon: float) -> list[Line2D | Patch]:
    line: dict[str, Any] = {"color": BLACK, "marker": "o", "markersize": 2.6}
    return [
        Line2D([], [], color=GRAY, linewidth=0.8, linestyle="--", label="Random signs (control)"),
        Line2D([], [], **line, linewidth=0.8, markerfacecolor="white", label="FGSM (apparent)"),
        Line2D([], [], **line, linewidth=1.8, label="Worst case (ensemble)"),
        Patch(color=BLACK, alpha=SHADE, linewidth=0, label=f"Gap (size at ε = {epsilon:g})"),
    ]
