"""Training curves of all models, as small multiples."""

from collections import defaultdict
from collections.abc import Mapping
from math import ceil

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from robustseg.figures.style import DOUBLE_COLUMN, model_style, new_figure, styled
from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import model_of
from robustseg.tables.labels import model_label

COLUMNS = 3
MARKED = 25


@styled
def training_curves(histories: Mapping[str, pd.DataFrame], *, note: str | None = None) -> Figure:
    """Draw the training loss of every network against the epoch.

    Args:
        histories: networks in order and their history with columns ``epoch`` and ``loss``.
        note: small remark in the lower right corner.

    Returns:
        One panel per model with one line per network, all with the same loss axis, and each with
        its own epochs. The epochs of a short training are marked.

    Raises:
        InputError: there is no history.
    """
    if not histories:
        raise InputError("histories: none was given; train at least one model")
    models: defaultdict[str, list[pd.DataFrame]] = defaultdict(list)
    for network, history in histories.items():
        models[model_of(network)].append(history)
    columns = min(COLUMNS, len(models))
    rows = ceil(len(models) / columns)
    figure = new_figure(DOUBLE_COLUMN * columns / COLUMNS, 0.5 + 1.45 * rows, note=note)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for index, (model, of_model) in enumerate(models.items()):
        axes = grid.flat[index]
        style = model_style(model)
        for history in of_model:
            marker = style.marker if len(history) <= MARKED else ""
            axes.plot(
                history["epoch"], history["loss"], color=style.color, marker=marker, markersize=2.2
            )
        axes.set_title(model_label(model), loc="left")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        if index + columns >= len(models):
            axes.set_xlabel("Epoch")
    for axes in grid.flat[len(models) :]:
        axes.set_visible(False)
    for axes in grid[:, 0]:
        axes.set_ylabel("Training loss")
    grid[0, 0].set_ylim(bottom=0)
    return figure
