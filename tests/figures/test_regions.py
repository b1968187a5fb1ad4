"""One to five regions: a panel each that fits, and the examples of any number of sequences."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from robustseg.data.cohort import BRATS, Cohort
from robustseg.figures.dice_curves import figure4
from robustseg.figures.examples import Example
from robustseg.figures.figure1 import figure1
from robustseg.figures.figure5 import figure5
from robustseg.figures.iteration_curves import figure2
from robustseg.figures.robustness import robustness
from robustseg.figures.slices import dice_text
from robustseg.figures.style import DOUBLE_COLUMN
from robustseg.figures.transfer import transfer_figure
from robustseg.html.palette import class_color
from robustseg.runtime.errors import InputError
from robustseg.statistics.worst_case import worst_case

NAMES = ("liver", "left_kidney", "spleen", "pancreas", "aorta")
MODELS = ("undefended", "adversarial-0.05")
MADE_UP = ("dice_wt", "dice_tc", "dice_et")
COUNTS = pytest.mark.parametrize("count", [1, 2, 3, 4, 5])


def with_regions(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Replace the made-up regions; number n has a Dice of 0.9 to the power of n."""
    scored = {
        f"dice_{name}": table[MADE_UP[0]] * 0.9**place for place, name in enumerate(NAMES[:count])
    }
    return table.drop(columns=list(MADE_UP)).assign(**scored)


def visible(figure: Figure) -> list:
    return [axes for axes in figure.axes if axes.get_visible()]


def check_layout(figure: Figure, panels: list, *, least: float) -> None:
    """No panel is narrower than ``least`` inches, and no title runs into its neighbor."""
    figure.draw_without_rendering()
    assert figure.get_figwidth() <= DOUBLE_COLUMN
    assert all(axes.get_window_extent().width / figure.dpi > least for axes in panels)
    titles = [axes._left_title.get_window_extent() for axes in panels]
    assert all(title.x1 <= figure.bbox.width for title in titles)
    assert not any(first.overlaps(second) for first, second in combinations(titles, 2))


@COUNTS
def test_dice_curves_have_a_panel_a_region(made_up: SimpleNamespace, count: int) -> None:
    scores = with_regions(made_up.scores(models=MODELS), count)
    figure = figure4(scores, MODELS)
    panels = visible(figure)
    assert len(panels) == count
    titles = [axes.get_title(loc="left") for axes in panels]
    if count == 1:
        assert titles == ["liver"]
    else:
        assert titles[:2] == ["(a) liver", "(b) left_kidney"]
    clean = scores[(scores["model"] == "undefended") & (scores["epsilon"] == 0)]
    for axes, name in zip(panels, NAMES, strict=False):
        line = axes.lines[0]
        assert line.get_ydata()[0] == pytest.approx(clean[f"dice_{name}"].mean())
    check_layout(figure, panels, least=1.5)


@COUNTS
def test_transfer_has_a_heat_map_a_region(count: int) -> None:
    table = pd.DataFrame(
        [
            {"source": source, "target": target, "case": "a"}
            | {f"dice_{name}": 0.1 * place for place, name in enumerate(NAMES[:count])}
            for source in MODELS
            for target in MODELS
        ]
    )
    figure = transfer_figure(table, MODELS)
    maps = [axes for axes in visible(figure) if axes.images]
    assert [axes.images[0].get_array()[0, 0] for axes in maps] == pytest.approx(
        [0.1 * place for place in range(count)]
    )
    check_layout(figure, maps, least=1.2)


@COUNTS
def test_robustness_has_a_row_a_region(made_up: SimpleNamespace, count: int) -> None:
    scores = with_regions(made_up.scores(models=MODELS), count)
    worst = worst_case(scores, models=MODELS, ensemble=("fgsm",), epsilons=(0.05,), name="one")
    figure = robustness(scores, worst, dict.fromkeys(MODELS, ()), epsilon=0.05)
    assert len(visible(figure)) == count * len(MODELS)
    labels = [axes.get_ylabel() for axes in figure.axes[:: len(MODELS)]]
    assert labels == [f"Dice\n{name}" for name in NAMES[:count]]
    figure.draw_without_rendering()
    for axes in visible(figure):
        assert axes.get_window_extent().height / figure.dpi > 0.35


@COUNTS
def test_iterations_have_a_line_a_region(made_up: SimpleNamespace, count: int) -> None:
    figure = figure2(with_regions(made_up.iterations(), count))
    lines = [container.lines[0] for container in figure.axes[0].containers]
    assert len(lines) == count
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == count
    shifts = [line.get_xdata()[0] for line in lines]
    assert np.mean(shifts) == pytest.approx(0)


def example(made_up: SimpleNamespace, sequences: int, regions: int, **options: object) -> Example:
    shown = made_up.example(**options)
    return replace(shown, image=shown.image[:sequences], dice=np.full(regions, 0.5))


def cohort(sequences: int, classes: int, regions: int) -> Cohort:
    names = tuple(f"class_{index}" for index in range(1, classes))
    return Cohort(
        sequences=("ct", "pet", "t2")[:sequences],
        classes=("background", *names),
        labels=tuple(range(classes)),
        regions=dict.fromkeys(NAMES[:regions], (1,)),
    )


@pytest.mark.parametrize(("sequences", "classes", "regions"), [(1, 2, 1), (2, 3, 2), (3, 12, 5)])
def test_examples_have_a_row_a_sequence(
    made_up: SimpleNamespace, sequences: int, classes: int, regions: int
) -> None:
    shown = [example(made_up, sequences, regions, epsilon=epsilon) for epsilon in (0.0, 0.05)]
    of = cohort(sequences, classes, regions)
    figure = figure1(shown, cohort=of)
    assert len(figure.axes) == (sequences + 1) * 3
    rows = [axes.get_ylabel() for axes in figure.axes[::3]]
    labels = {"t2": "T2"}
    assert rows == [*(labels.get(name, name) for name in of.sequences), "Prediction"]
    legends = [*figure.legends, *(a.get_legend() for a in figure.axes if a.get_legend())]
    (legend,) = legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [*of.classes[1:], "True outline"]
    figure.draw_without_rendering()
    second = figure5(shown[:1], shown[1:], cohort=of)
    (legend,) = second.legends
    assert len(legend.get_texts()) == classes
    second.draw_without_rendering()


def test_the_dice_of_long_names_has_lines_of_its_own() -> None:
    values = np.array([0.5, 0.25])
    short = replace(BRATS, regions={"a": (1,), "b": (2,)})
    assert dice_text(values, cohort=short) == "a\u00a00.50  b\u00a00.25"
    long = replace(BRATS, regions={"left_kidney": (1,), "right_kidney": (2,)})
    assert dice_text(values, cohort=long) == "left_kidney\u00a00.50\nright_kidney\u00a00.25"


def test_classes_beyond_the_palette_start_anew() -> None:
    assert class_color(9) == class_color(1)
    assert len({class_color(index) for index in range(1, 9)}) == 8


def test_examples_of_another_number_of_sequences_are_refused(
    made_up: SimpleNamespace, tmp_path
) -> None:
    from robustseg.figures.examples import read_example

    shown = example(made_up, 1, 1)
    arrays = {name: getattr(shown, name) for name in ("image", "prediction", "labels", "dice")}
    np.savez(tmp_path / "0.npz", **arrays, case=np.array("a"))
    options = {"model": "undefended", "attack": "fgsm", "epsilon": 0.0}
    read_example(tmp_path / "0.npz", **options, cohort=cohort(1, 2, 1))
    with pytest.raises(InputError, match="differ in shape"):
        read_example(tmp_path / "0.npz", **options, cohort=BRATS)
