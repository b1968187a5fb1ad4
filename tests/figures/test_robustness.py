"""The figure of robustness: its panels, its three lines, the gap, and the flags."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from robustseg.figures.robustness import FLAG, robustness
from robustseg.figures.style import model_style, save
from robustseg.runtime.errors import InputError
from robustseg.statistics.worst_case import worst_case

EPSILONS = (0.03, 0.05, 0.1)
REGIONS = ("dice_wt", "dice_tc", "dice_et")


def inputs(made_up: SimpleNamespace, models: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = made_up.scores(models=models)
    stronger = scores[(scores["attack"] == "fgsm") & scores["epsilon"].isin(EPSILONS)].copy()
    stronger["attack"] = "pgd"
    stronger[list(REGIONS)] *= 0.5
    worst = worst_case(
        pd.concat([scores, stronger]),
        models=models, ensemble=("fgsm", "pgd"), epsilons=EPSILONS, name="two",
    )  # fmt: skip
    return scores, worst


def draw(made_up: SimpleNamespace, models: tuple[str, ...], **flags: list[str]) -> Figure:
    found = {model: flags.get(model, []) for model in models}
    return robustness(*inputs(made_up, models), found, epsilon=0.05)


def test_a_column_a_model_and_a_row_a_region(made_up: SimpleNamespace) -> None:
    figure = draw(made_up, made_up.models)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(figure.axes) == 5 * 6
    assert len(shown) == 3 * len(made_up.models)
    assert [axes.get_ylabel() for axes in figure.axes[:11:5]] == [
        "Dice\nWhole tumor",
        "Dice\nTumor core",
        "Dice\nEnhancing tumor",
    ]
    assert {axes.get_ylim() for axes in shown} == {(0, 1)}


def test_the_three_lines_are_means_of_their_kind(made_up: SimpleNamespace) -> None:
    models = ("undefended", "distillation-20")
    scores, worst = inputs(made_up, models)
    axes = draw(made_up, models).axes[2 * 2 + 1]  # enhancing tumor of the second model
    ours = scores[scores["model"] == "distillation-20"]
    means = ours.groupby(["attack", "epsilon"])["dice_et"].mean()
    control, apparent, least = axes.lines
    np.testing.assert_allclose(apparent.get_xdata(), means["fgsm"].index)
    np.testing.assert_allclose(apparent.get_ydata(), means["fgsm"])
    expected = [means["fgsm", 0.0], *means["random-signs"]]
    np.testing.assert_allclose(control.get_ydata(), expected)
    of_worst = worst[worst["model"] == "distillation-20"].groupby("epsilon")["worst_et"].mean()
    np.testing.assert_allclose(least.get_xdata(), (0, *EPSILONS))
    np.testing.assert_allclose(least.get_ydata(), of_worst)
    assert least.get_color() == apparent.get_color() == model_style("distillation-20").color
    assert least.get_linewidth() > apparent.get_linewidth()
    assert apparent.get_markerfacecolor() == "white"


def test_the_gap_is_written_and_shaded(made_up: SimpleNamespace) -> None:
    models = ("undefended",)
    scores, worst = inputs(made_up, models)
    axes = draw(made_up, models).axes[0]
    at = scores[(scores["attack"] == "fgsm") & (scores["epsilon"] == 0.05)]["dice_wt"].mean()
    gap = at - worst[worst["epsilon"] == 0.05]["worst_wt"].mean()
    assert [text.get_text() for text in axes.texts] == [f"{gap:.2f}"]
    (shade,) = axes.collections
    assert shade.get_paths()[0].get_extents().x1 == pytest.approx(0.1)


def test_flags_stand_with_their_model_alone(made_up: SimpleNamespace) -> None:
    models = ("undefended", "noise-0.01", "distillation-20")
    figure = draw(
        made_up, models, **{"noise-0.01": ["gradient masking"], "distillation-20": ["a", "b", "c"]}
    )
    said = [[t.get_text() for t in axes.texts if FLAG in t.get_text()] for axes in figure.axes]
    assert said == [[], [f"{FLAG} gradient masking"], [f"{FLAG} a +2"], *6 * [[]]]


def test_a_long_flag_is_written_in_lines(made_up: SimpleNamespace) -> None:
    figure = draw(made_up, ("undefended",), undefended=["white box loses to transfer", "b"])
    (text,) = [t.get_text() for t in figure.axes[0].texts if FLAG in t.get_text()]
    assert text == f"{FLAG} white box loses to\ntransfer +1"


def test_it_is_drawn_without_a_control(made_up: SimpleNamespace) -> None:
    scores, worst = inputs(made_up, ("undefended",))
    scores = scores[scores["attack"] == "fgsm"]
    figure = robustness(scores, worst, {"undefended": []}, epsilon=0.05)
    assert len(figure.axes[0].lines) == 3


def test_what_is_missing_is_an_error(made_up: SimpleNamespace) -> None:
    scores, worst = inputs(made_up, ("undefended",))
    with pytest.raises(InputError, match=r"noise-0\.01 has no scores under fgsm"):
        robustness(scores, worst, {"noise-0.01": []}, epsilon=0.05)
    with pytest.raises(InputError, match="undefended has no scores under worst-case"):
        robustness(scores, worst[worst["epsilon"] == 0], {"undefended": []}, epsilon=0.05)
    with pytest.raises(InputError, match=r"no worst-case score at epsilon 0\.07"):
        robustness(scores, worst, {"undefended": []}, epsilon=0.07)


def test_it_can_be_saved(made_up: SimpleNamespace, tmp_path) -> None:
    figure = draw(made_up, ("undefended", "my-own"), **{"my-own": ["gradient masking"]})
    save(figure, tmp_path / "r.png", tmp_path / "r.pdf")
    assert (tmp_path / "r.png").stat().st_size > 10_000


def test_lines_of_several_seeds_are_means_over_them(made_up: SimpleNamespace) -> None:
    models = ("undefended", "distillation-20")
    scores, worst = inputs(made_up, models)
    shifts = (0.0, -0.06, 0.03)
    seeded = made_up.of_seeds(scores, shifts)
    tables = [worst.assign(seed=seed) for seed in range(3)]
    for table, shift in zip(tables, shifts, strict=True):
        table[["worst_wt", "worst_tc", "worst_et"]] += 2 * shift
    found = {model: ["masked (2 of 3 seeds)"] for model in models}
    once = robustness(scores, worst, found, epsilon=0.05)
    several = robustness(seeded, pd.concat(tables), found, epsilon=0.05)
    for axes, alone in zip(several.axes, once.axes, strict=True):
        fall = (0.01, 0.01, 0.02)
        for line, other, less in zip(axes.lines, alone.lines, fall, strict=True):
            np.testing.assert_allclose(line.get_ydata(), other.get_ydata() - less)
        title = [text.get_text() for text in axes.texts if FLAG in text.get_text()]
        assert not title or "(2\u00a0of\u00a03\u00a0seeds)" in title[0]
    with pytest.raises(InputError, match="some rows have a seed and some have none"):
        robustness(seeded, worst, found, epsilon=0.05)
