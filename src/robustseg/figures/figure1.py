"""Figure 1: the four input sequences and the prediction, for no attack and for each attack."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from robustseg.data.cohort import Cohort
from robustseg.figures.examples import Example, check_same_slice
from robustseg.figures.slices import (
    dice_text,
    gray_window,
    legend_handles,
    mark_sides,
    show_classes,
    show_gray,
)
from robustseg.figures.style import legend_below, new_figure, styled
from robustseg.tables.labels import attack_label

SEQUENCE_LABELS = {"t1": "T1", "t1gd": "T1Gd", "t2": "T2", "flair": "FLAIR"}
TILE = 1.28
LEGEND = 5
"""Most entries of a legend inside a tile."""


@styled
def figure1(examples: Sequence[Example], *, cohort: Cohort, note: str | None = None) -> Figure:
    """Draw Figure 1 of the paper.

    Args:
        examples: the same slice without an attack, which sets the gray windows, and then under
            each attack. Each has a column, and a further column shows the truth.
        cohort: the cohort of the case.
        note: small remark in the lower right corner.

    Returns:
        Rows T1, T1Gd, T2, FLAIR (or the cohort's sequences), and the classes over the last of them,
        with the outline of the truth and the Dice of the whole case below. A sequence has the
        same gray window in all columns.

    Raises:
        InputError: the examples show different slices.
    """
    check_same_slice(examples)
    clean = examples[0]
    windows = [gray_window(plane) for plane in clean.image]
    height, width = clean.labels.shape[1] / clean.labels.shape[0], len(examples) + 1
    rows = len(cohort.sequences)
    figure = new_figure(
        0.35 + TILE * width, 0.55 + TILE * height * (rows + 1), note=note, layout="compressed"
    )
    grid = figure.subplots(rows + 1, width, squeeze=False)
    for row, name in enumerate((*cohort.sequences, "Prediction")):
        grid[row, 0].set_ylabel(SEQUENCE_LABELS.get(name, name), rotation=90)
    for column, example in enumerate(examples):
        for row in range(rows):
            show_gray(grid[row, column], example.image[row], windows[row])
        show_classes(
            grid[-1, column],
            example.image[-1],
            example.prediction,
            windows[-1],
            truth=example.labels,
        )
        grid[0, column].set_title(attack_label(example.attack, example.epsilon))
        grid[-1, column].set_xlabel(dice_text(example.dice, cohort=cohort), size=6.5)
    mark_sides(grid[0, 0])
    for axes in grid[:-1, -1]:
        axes.axis("off")
    show_classes(grid[-1, -1], clean.image[-1], clean.labels, windows[-1])
    grid[-1, -1].set_xlabel("Truth")
    handles = legend_handles(cohort)
    if len(handles) > LEGEND:
        legend_below(figure, handles)
    else:
        grid[-2, -1].legend(handles=handles, loc="lower left", borderaxespad=0)
    return figure
