"""What the curves show: panels, lines, values, and one color per model in all figures."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from robustseg.figures.dice_curves import figure3, figure4
from robustseg.figures.iteration_curves import figure2, figure_s2
from robustseg.figures.style import MODEL_STYLES, OTHER_MARKERS, model_style
from robustseg.figures.training_curves import training_curves
from robustseg.runtime.errors import InputError


def solid(axes: Axes) -> list:
    return [line for line in axes.lines if line.get_linestyle() == "-"]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_figure3_has_a_line_per_temperature_in_each_panel(made_up: SimpleNamespace) -> None:
    figure = figure3(made_up.scores(), made_up.models)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["(a) Whole tumor", "(b) Tumor core", "(c) Enhancing tumor"]
    temperatures = ["T = 1", "T = 20", "T = 100", "T = 500", "T = 5000"]
    assert legend(figure) == [*temperatures, "Random signs, same ε"]
    for axes in figure.axes:
        assert len(solid(axes)) == 5
        assert len(axes.lines) == 10
        assert axes.get_ylim() == (0, 1)


def test_figure4_has_the_noise_baseline_as_starred_line(made_up: SimpleNamespace) -> None:
    figure = figure4(made_up.scores(), made_up.models, control=False)
    markers = [line.get_marker() for line in figure.axes[0].lines]
    assert len(markers) == 5
    assert markers[1] == "*"
    assert legend(figure)[1] == "Noise training (radius\u00a00.01)"


def test_figure4_has_pgd_training(made_up: SimpleNamespace) -> None:
    models = ("undefended", "adversarial-0.1", "pgd-0.05", "distillation-20")
    figure = figure4(made_up.scores(models=models), models, control=False)
    assert legend(figure)[1:] == [
        "Adversarial training (ε\u00a0=\u00a00.1)",
        "PGD training (ε\u00a0=\u00a00.05)",
    ]
    assert figure.axes[0].lines[2].get_color() == MODEL_STYLES["pgd-0.05"].color


def test_lines_are_the_mean_over_cases(made_up: SimpleNamespace) -> None:
    scores = made_up.scores()
    axes = figure3(scores, made_up.models).axes[2]
    rows = scores[scores["model"] == "distillation-100"].groupby(["attack", "epsilon"])
    means = rows["dice_et"].mean()
    line, control = axes.lines[4], axes.lines[5]
    np.testing.assert_allclose(line.get_ydata(), means["fgsm"])
    np.testing.assert_allclose(line.get_xdata(), means["fgsm"].index)
    expected = [means["fgsm", 0.0], *means["random-signs"]]
    np.testing.assert_allclose(control.get_ydata(), expected)


def test_a_model_has_one_style_in_all_figures(made_up: SimpleNamespace) -> None:
    scores = made_up.scores()
    undefended = {
        (line.get_color(), line.get_marker())
        for figure in (figure3(scores, made_up.models), figure4(scores, made_up.models))
        for line in [figure.axes[0].lines[0]]
    }
    assert undefended == {(MODEL_STYLES["undefended"].color, "o")}
    histories = training_curves(made_up.histories())
    for axes, model in zip(histories.axes, made_up.models, strict=True):
        assert axes.lines[0].get_color() == model_style(model).color


def test_styles_tell_models_apart() -> None:
    assert len(set(MODEL_STYLES.values())) == len(MODEL_STYLES)
    assert len({style.color for style in MODEL_STYLES.values()}) == len(MODEL_STYLES)
    own = model_style("my-own-network")
    assert own == model_style("my-own-network")
    assert own.marker in OTHER_MARKERS
    assert own.marker not in {style.marker for style in MODEL_STYLES.values()}


def test_models_without_scores_are_left_out(made_up: SimpleNamespace) -> None:
    figure = figure3(made_up.scores(models=("undefended", "distillation-20")), made_up.models)
    assert legend(figure)[:2] == ["T = 1", "T = 20"]
    with pytest.raises(InputError, match="no FGSM row"):
        figure4(made_up.scores(models=("distillation-20",)), made_up.models)


def test_another_reference_takes_the_place_of_the_undefended_one(
    made_up: SimpleNamespace,
) -> None:
    scores = made_up.scores(models=("my-unet", "distillation-20", "adversarial-0.1"))
    models = ["my-unet", "distillation-20", "adversarial-0.1"]
    assert legend(figure3(scores, models, control=False)) == ["my-unet", "T = 20"]
    labels = ["my-unet", "Adversarial training (ε\u00a0=\u00a00.1)"]
    assert legend(figure4(scores, models, control=False)) == labels


def test_figure2_has_mean_and_standard_error(made_up: SimpleNamespace) -> None:
    iterations = made_up.iterations()
    figure = figure2(iterations)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["(a) i-FGSM", "(b) ti-FGSM"]
    rows = iterations[iterations["attack"] == "ti-fgsm"].groupby("iteration")["dice_tc"]
    bars = [c for c in figure.axes[1].containers if isinstance(c, ErrorbarContainer)]
    assert len(bars) == 3
    line, _, (segments,) = bars[1].lines
    np.testing.assert_allclose(line.get_ydata().astype(float), rows.mean())
    halves = [(path[1, 1] - path[0, 1]) / 2 for path in segments.get_segments()]
    np.testing.assert_allclose(halves, (rows.std(ddof=1) / np.sqrt(12)).to_numpy())


def test_figure_s2_starts_at_the_first_iteration(made_up: SimpleNamespace) -> None:
    axes = figure_s2(made_up.iterations()).axes[0]
    for container in axes.containers:
        np.testing.assert_array_equal(container.lines[0].get_xdata(), np.arange(1, 11))


def test_figure2_needs_the_model(made_up: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="no row of someone under i-fgsm or ti-fgsm"):
        figure2(made_up.iterations(), model="someone")


def test_training_curves_show_every_model(made_up: SimpleNamespace) -> None:
    histories = made_up.histories()
    figure = training_curves(histories)
    for axes, history in zip(figure.axes, histories.values(), strict=True):
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), history["loss"])
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    with pytest.raises(InputError, match="train at least one model"):
        training_curves({})


def test_the_line_of_several_seeds_is_their_mean_and_the_band_their_range(
    made_up: SimpleNamespace,
) -> None:
    single = made_up.scores()
    several = figure3(made_up.of_seeds(single, (0.0, -0.08, 0.05)), made_up.models)
    once = figure3(single, made_up.models)
    assert legend(several) == [*legend(once), "Range of seeds"]
    for axes, alone in zip(several.axes, once.axes, strict=True):
        for line, other in zip(axes.lines, alone.lines, strict=True):
            np.testing.assert_allclose(line.get_ydata(), other.get_ydata() - 0.01)
        assert len(alone.collections) == 0
        bands = [b for b in axes.collections if isinstance(b, FillBetweenPolyCollection)]
        assert len(bands) == 5
        attacked = [line for line in alone.lines if line.get_linestyle() == "-"]
        for band, line in zip(bands, attacked, strict=True):
            edges = band.get_paths()[0].vertices
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
                at = edges[np.isclose(edges[:, 0], x), 1]
                assert (at.min(), at.max()) == pytest.approx((y - 0.08, y + 0.05))
            assert band.get_facecolor()[0][:3] == pytest.approx(to_rgb(line.get_color()))


def test_figures_of_unequal_seeds_are_an_error(made_up: SimpleNamespace) -> None:
    scores = made_up.of_seeds(made_up.scores())
    lost = (scores["model"] == "distillation-20") & (scores["seed"] == 2)
    with pytest.raises(InputError, match=r"distillation-20.* has no row of seed 2"):
        figure3(scores[~lost], made_up.models)
    iterations = made_up.of_seeds(made_up.iterations())
    with pytest.raises(InputError, match="iteration 0 has no row of seed 1"):
        figure2(iterations.drop(index=iterations.index[iterations["seed"] == 1][0]))


def test_figure2_of_several_seeds_has_the_standard_error_over_cases(
    made_up: SimpleNamespace,
) -> None:
    iterations = made_up.iterations()
    for draw in (figure2, figure_s2):
        once, thrice = draw(iterations), draw(made_up.of_seeds(iterations, (0, 0, 0.3)))
        bars = [
            next(c for c in figure.axes[0].containers if isinstance(c, ErrorbarContainer))
            for figure in (once, thrice)
        ]
        (one, _, (sems,)), (three, _, (same,)) = (bar.lines for bar in bars)
        rise = np.subtract(three.get_ydata(), one.get_ydata()).astype(float)
        np.testing.assert_allclose(rise, 0.1)
        lengths = [[np.ptp(path[:, 1]) for path in lines.get_segments()] for lines in (sems, same)]
        np.testing.assert_allclose(lengths[0], lengths[1])


def test_training_curves_have_a_line_for_every_network(made_up: SimpleNamespace) -> None:
    histories = made_up.histories(("undefended", "undefended@3", "noise-0.01", "noise-0.01@3"))
    figure = training_curves(histories)
    assert len(figure.axes) == 2
    for axes, model in zip(figure.axes, ("undefended", "noise-0.01"), strict=True):
        for line, network in zip(axes.lines, (model, f"{model}@3"), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), histories[network]["loss"])
            assert line.get_color() == model_style(model).color


def test_figure_s2_is_of_the_volumes_that_were_changed(made_up: SimpleNamespace) -> None:
    iterations = made_up.iterations()
    rows = iterations["attack"].eq("ti-fgsm") & iterations["iteration"].isin([1, 2])
    unchanged = rows & iterations["case"].isin(["3", "4"])
    iterations.loc[unchanged, "psnr"] = np.inf
    figure = figure_s2(iterations, note="phantom data")
    finite = iterations[iterations["attack"].eq("ti-fgsm") & np.isfinite(iterations["psnr"])]
    line = figure.axes[0].containers[1].lines[0]
    expected = finite.groupby("iteration")["psnr"].mean()
    np.testing.assert_allclose(line.get_ydata().astype(float), expected)
    notes = [text.get_text() for text in figure.texts]
    assert notes == ["phantom data; 4 unchanged volumes left out"]
