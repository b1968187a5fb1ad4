"""Figures 3 and 4: Dice against epsilon of FGSM, for distillation and for adversarial training."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from robustseg.figures.panels import leftmost, lowest, region_figure
from robustseg.figures.style import legend_below, model_style, styled
from robustseg.html.palette import GRAY
from robustseg.runtime.errors import InputError
from robustseg.statistics.scores import CONTROL, UNDEFENDED, regions_of
from robustseg.statistics.seeds import SEED, seed_means
from robustseg.tables.labels import family, model_label

BAND: Any = {"alpha": 0.18, "linewidth": 0}


def figure3(
    scores: pd.DataFrame, models: Sequence[str], *, control: bool = True, note: str | None = None
) -> Figure:
    """Draw Figure 3 of the paper: distillation, one line per temperature.

    Args:
        scores: the long table of scores.
        models: the study's models in order; the figure shows the first one, which is the
            reference (T = 1), and the distilled ones.
        control: also draw the Dice under random signs of the same epsilon, if evaluated.
        note: small remark in the lower right corner.

    Raises:
        InputError: none of these models was evaluated under FGSM.
    """
    chosen = [model for model in models if family(model)[0] == "distillation"]
    labels = {models[0]: "T = 1" if models[0] == UNDEFENDED else model_label(models[0])}
    labels |= {model: f"T = {family(model)[1]}" for model in chosen}
    return dice_curves(scores, labels, control=control, note=note)


def figure4(
    scores: pd.DataFrame, models: Sequence[str], *, control: bool = True, note: str | None = None
) -> Figure:
    """Draw Figure 4 of the paper: all models but the distilled ones, noise training starred.

    Arguments and errors are those of :func:`figure3`.
    """
    chosen = [model for model in models if family(model)[0] != "distillation"]
    labels = {model: model_label(model) for model in dict.fromkeys([models[0], *chosen])}
    return dice_curves(scores, labels, control=control, note=note)


@styled
def dice_curves(
    scores: pd.DataFrame, labels: dict[str, str], *, control: bool, note: str | None
) -> Figure:
    """Draw the mean Dice over cases against epsilon: a panel per region, a line per model.

    With several seeds the line is the mean over cases and seeds, and a light band spans the range
    of the seeds' means.

    Args:
        scores: the long table of scores.
        labels: models in order, and their names in the legend.
        control: also draw the noise control as thin dashed lines in the models' colors.
        note: small remark in the lower right corner.

    Raises:
        InputError: none of the models was evaluated under FGSM, or some seeds are missing.
    """
    ours = scores[scores["model"].isin(list(labels))]
    attacked = ours[ours["attack"] == "fgsm"]
    if attacked.empty:
        raise InputError(
            f"scores: no FGSM row of {', '.join(labels) or 'any model of this figure'}; "
            "evaluate one or leave the figure out"
        )
    noise = ours[(ours["attack"] == CONTROL) | (ours["epsilon"] == 0)]
    control = control and bool((noise["attack"] == CONTROL).any())
    averaged, noise = seed_means(attacked), seed_means(noise)
    regions = regions_of(scores)
    figure, panels = region_figure(regions, height=2.9, more=2.2, note=note, layout="constrained")
    present = [model for model in labels if (attacked["model"] == model).any()]
    for axes, region in zip(panels, regions, strict=True):
        for model in present:
            style = model_style(model)
            means = _means(averaged, model, region)
            axes.plot(means.index, means, **style.line())
            if SEED in attacked:
                low, high = _band(attacked, model, region)
                axes.fill_between(means.index, low, high, color=style.color, **BAND)
            if control:
                means = _means(noise, model, region)
                axes.plot(means.index, means, color=style.color, linewidth=0.6, linestyle="--")
    for axes in lowest(panels):
        axes.set_xlabel("ε (× maximum magnitude)")
    seeds = " and seeds" if SEED in attacked else ""
    for axes in leftmost(panels):
        axes.set_ylabel(f"Dice (mean over cases{seeds})")
    panels[0].set_ylim(0, 1)
    largest = attacked["epsilon"].max() or 0.1
    panels[0].set_xlim(-0.04 * largest, 1.04 * largest)
    handles: list[Line2D | Patch] = [
        Line2D([], [], label=labels[m], **model_style(m).line()) for m in present
    ]
    if control:
        handles.append(
            Line2D([], [], color=GRAY, linewidth=0.6, linestyle="--", label="Random signs, same ε")
        )
    if SEED in attacked:
        handles.append(Patch(color=GRAY, alpha=BAND["alpha"], linewidth=0, label="Range of seeds"))
    legend_below(figure, handles)
    return figure


def _means(scores: pd.DataFrame, model: str, region: str) -> pd.Series:
    """Return the mean Dice of a region by epsilon."""
    return scores[scores["model"] == model].groupby("epsilon")[f"dice_{region}"].mean()


def _band(scores: pd.DataFrame, model: str, region: str) -> tuple[pd.Series, pd.Series]:
    """Return the lowest and the highest of the seeds' mean Dice of a region, by epsilon."""
    rows = scores[scores["model"] == model]
    by_epsilon = rows.groupby(["epsilon", SEED])[f"dice_{region}"].mean().groupby(level="epsilon")
    return by_epsilon.min(), by_epsilon.max()
