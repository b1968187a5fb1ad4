"""Figure 5: adversarial examples of every model, with the predictions before and after."""

from collections.abc import Sequence

from matplotlib.axes import Axes
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
from robustseg.figures.style import DOUBLE_COLUMN, legend_below, new_figure, styled
from robustseg.runtime.errors import InputError
from robustseg.tables.labels import attack_label, short_model_label

TILE, MARGIN = 1.3, 0.4


@styled
def figure5(
    clean: Sequence[Example],
    attacked: Sequence[Example],
    *,
    cohort: Cohort,
    note: str | None = None,
) -> Figure:
    """Draw Figure 5 of the paper on the last sequence, FLAIR in BraTS.

    Args:
        clean: one example per model on the clean image, in the order of the columns.
        attacked: one example per model under one attack, in the same order.
        cohort: the cohort of the case.
        note: small remark in the lower right corner.

    Returns:
        Rows: prediction on the clean image, attacked image, prediction on it, with the Dice of
        the whole case below each prediction. The first column has the truth, the original image
        and the truth again.

    Raises:
        InputError: the models of the two sequences differ, or examples show different slices.
    """
    if [example.model for example in clean] != [example.model for example in attacked]:
        raise InputError(
            "examples: clean and attacked ones are of different models; give one of each per model"
        )
    check_same_slice([*clean, *attacked])
    first = clean[0]
    window = gray_window(first.image[-1])
    height, width = first.labels.shape[1] / first.labels.shape[0], len(clean) + 1
    tile = min(TILE, (DOUBLE_COLUMN - MARGIN) / width)
    size = MARGIN + tile * width, 1.85 + tile * height * 3
    figure = new_figure(*size, note=note, layout="compressed")
    grid = figure.subplots(3, width, squeeze=False)
    attack = attack_label(attacked[0].attack, attacked[0].epsilon)
    epsilon = f"ε = {attacked[0].epsilon:g}"
    labels = "Prediction,\nclean", f"{attack},\n{epsilon}", "Prediction,\nattacked"
    for row, label in enumerate(labels):
        grid[row, 0].set_ylabel(label, size=7)
    for row in (0, 2):
        show_classes(grid[row, 0], first.image[-1], first.labels, window)
    show_gray(grid[1, 0], first.image[-1], window)
    mark_sides(grid[1, 0])
    grid[0, 0].set_title("Truth", size=7)
    grid[1, 0].set_xlabel("Original", size=6.5)
    for column, (before, after) in enumerate(zip(clean, attacked, strict=True), start=1):
        grid[0, column].set_title(short_model_label(before.model), size=7)
        _prediction(grid[0, column], before, window, cohort)
        show_gray(grid[1, column], after.image[-1], window)
        _prediction(grid[2, column], after, window, cohort)
    legend_below(figure, legend_handles(cohort))
    return figure


def _prediction(axes: Axes, example: Example, window: tuple[float, float], cohort: Cohort) -> None:
    show_classes(axes, example.image[-1], example.prediction, window, truth=example.labels)
    axes.set_xlabel(dice_text(example.dice, separator="\n", cohort=cohort), size=6.5)
