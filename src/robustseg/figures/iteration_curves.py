"""Figure 2 and Supplemental Figure 2: Dice and PSNR against the iterations of an attack."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from robustseg.figures.style import (
    ATTACK_COLORS,
    ATTACK_MARKERS,
    REGION_STYLES,
    SINGLE_COLUMN,
    legend_below,
    new_figure,
    styled,
)
from robustseg.runtime.errors import InputError
from robustseg.statistics.scores import UNDEFENDED, regions_of
from robustseg.statistics.seeds import KEYS, seed_means
from robustseg.statistics.summary import finite
from robustseg.tables.labels import ATTACKS, region_label

ITERATIVE = ("i-fgsm", "ti-fgsm")
OFFSET = 0.12


@styled
def figure2(
    iterations: pd.DataFrame, *, model: str = UNDEFENDED, note: str | None = None
) -> Figure:
    """Draw Figure 2 of the paper: Dice after every iteration of i-FGSM and ti-FGSM.

    Args:
        iterations: rows ``model, attack, epsilon, case, iteration`` and the Dice of every region;
            iteration 0 is the clean image. With several seeds (column ``seed``) each case
            has its mean over them.
        model: the attacked model.
        note: small remark in the lower right corner.

    Returns:
        One panel per attack and one line per region: mean over cases, with bars of one standard
        error to each side (none with a single case). Lines are shifted sideways to keep the bars
        readable.

    Raises:
        InputError: neither attack has a row of this model, or a seed is missing.
    """
    rows, attacks = _of_model(iterations, model)
    regions = regions_of(iterations)
    figure = new_figure(SINGLE_COLUMN if len(attacks) == 1 else 5.6, 2.7, note=note)
    panels = figure.subplots(1, len(attacks), sharey=True, squeeze=False)[0]
    for letter, axes, attack in zip("ab", panels, attacks, strict=False):
        of_attack = rows[rows["attack"] == attack]
        for place, region in enumerate(regions):
            color, marker = REGION_STYLES[place % len(REGION_STYLES)]
            _line(
                axes,
                of_attack,
                f"dice_{region}",
                shift=(place - (len(regions) - 1) / 2) * OFFSET,
                color=color,
                marker=marker,
                label=region_label(region),
            )
        axes.set_title(f"({letter}) {ATTACKS[attack]}", loc="left")
        axes.set_xlabel("Iteration")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[0].set_ylabel("Dice (mean ± standard error)")
    panels[0].set_ylim(0, 1)
    legend_below(figure, panels[0].get_legend_handles_labels()[0])
    return figure


@styled
def figure_s2(
    iterations: pd.DataFrame, *, model: str = UNDEFENDED, note: str | None = None
) -> Figure:
    """Draw Supplemental Figure 2 of the paper: PSNR (dB) after every iteration.

    Arguments and errors are those of :func:`figure2`, with the column ``psnr``, blank at
    iteration 0. Volumes that an iteration left unchanged have an infinite PSNR. They count in no
    mean, and the note gives their number.
    """
    rows, attacks = _of_model(iterations, model)
    unchanged = int(np.isinf(rows["psnr"]).sum())
    rows = rows.assign(psnr=finite(rows["psnr"])).dropna(subset="psnr")
    if unchanged:
        left_out = f"{unchanged} unchanged volumes left out"
        note = f"{note}; {left_out}" if note else left_out
    figure = new_figure(SINGLE_COLUMN, 2.6, note=note)
    axes = figure.subplots()
    for attack in attacks:
        _line(
            axes,
            rows[rows["attack"] == attack],
            "psnr",
            shift=0.0,
            color=ATTACK_COLORS[attack],
            marker=ATTACK_MARKERS[attack],
            label=ATTACKS[attack],
        )
    axes.set_xlabel("Iteration")
    axes.set_ylabel("PSNR of the input in dB\n(mean ± standard error)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return figure


def _of_model(iterations: pd.DataFrame, model: str) -> tuple[pd.DataFrame, list[str]]:
    rows = iterations[iterations["model"] == model]
    attacks = [attack for attack in ITERATIVE if (rows["attack"] == attack).any()]
    if not attacks:
        raise InputError(
            f"iterations: no row of {model} under {' or '.join(ITERATIVE)}; "
            "evaluate one or leave the figure out"
        )
    return seed_means(rows, (*KEYS, "iteration")), attacks


def _line(axes: Axes, rows: pd.DataFrame, column: str, *, shift: float, **style: Any) -> None:
    """Draw mean and standard error over cases against the iteration, ``shift`` to the right."""
    by_iteration = rows.groupby("iteration")[column]
    means, errors = by_iteration.mean(), by_iteration.sem().fillna(0.0)
    axes.errorbar(
        means.index + shift, means, yerr=errors, elinewidth=0.8, capsize=1.5, capthick=0.8, **style
    )
