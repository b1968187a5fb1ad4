"""Figure 1: the four input sequences and the prediction, for no attack and for each attack."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from robustseg.figures.examples import Example, check_same_slice
from robustseg.figures.slices import (
    dice_text,
    grey_window,
    legend_handles,
    mark_sides,
    show_classes,
    show_grey,
)
from robustseg.figures.style import new_figure, styled
from robustseg.statistics.labels import attack_label

SEQUENCE_LABELS = ("T1", "T1Gd", "T2", "FLAIR")
FLAIR = 3
TILE = 1.28


@styled
def figure1(examples: Sequence[Example], *, note: str | None = None) -> Figure:
    """Draw Figure 1 of the paper.

    Args:
        examples: the same slice under no attack (which sets the grey windows) and then each
            attack; a column each. A further column shows the truth.
        note: small remark in the lower right corner.

    Returns:
        Rows T1, T1Gd, T2, FLAIR, and the classes over FLAIR with the outline of the true whole
        tumour; the Dice of the whole case below. A sequence has the same grey window in all
        columns.

    Raises:
        InputError: the examples show different slices.
    """
    check_same_slice(examples)
    clean = examples[0]
    windows = [grey_window(plane) for plane in clean.image]
    height, width = clean.labels.shape[1] / clean.labels.shape[0], len(examples) + 1
    figure = new_figure(
        0.35 + TILE * width, 0.55 + TILE * height * 5, note=note, layout="compressed"
    )
    grid = figure.subplots(5, width, squeeze=False)
    for row, label in enumerate((*SEQUENCE_LABELS, "Prediction")):
        grid[row, 0].set_ylabel(label, rotation=90)
    for column, example in enumerate(examples):
        for row in range(4):
            show_grey(grid[row, column], example.image[row], windows[row])
        show_classes(
            grid[4, column],
            example.image[FLAIR],
            example.prediction,
            windows[FLAIR],
            truth=example.labels,
        )
        grid[0, column].set_title(attack_label(example.attack, example.epsilon))
        grid[4, column].set_xlabel(dice_text(example.dice), size=6.5)
    mark_sides(grid[0, 0])
    for axes in grid[:4, -1]:
        axes.axis("off")
    show_classes(grid[4, -1], clean.image[FLAIR], clean.labels, windows[FLAIR])
    grid[4, -1].set_xlabel("Truth")
    grid[3, -1].legend(handles=legend_handles(), loc="lower left", borderaxespad=0)
    return figure
