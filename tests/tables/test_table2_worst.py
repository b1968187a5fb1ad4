"""The worst-case columns of Table 2: numbers, a family of their own, and how they are shown."""

import re

import numpy as np
import pandas as pd
import pytest

from robustseg.runtime.errors import InputError
from robustseg.statistics.multiplicity import holm
from robustseg.statistics.wilcoxon import signed_rank
from robustseg.statistics.worst_case import worst_case
from robustseg.tables.footers import table2_footer
from robustseg.tables.rendering import render_table2
from robustseg.tables.table2 import table2
from robustseg.tables.table2_worst import FIELDS, with_worst_case

EPSILONS = (0.0, 0.05, 0.08)
KEYS = ["region", "model", "epsilon"]


@pytest.fixture(scope="module")
def worst(scores: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    """Return worst cases at 0, 0.03 and 0.05 of FGSM and an attack better than it for some."""
    stronger = scores[(scores["attack"] == "fgsm") & (scores["epsilon"] > 0)].copy()
    stronger["attack"] = "pgd"
    factors = np.random.default_rng(0).uniform(0.5, 1.2, len(stronger))
    for region in ("dice_wt", "dice_tc", "dice_et"):
        stronger[region] = (stronger[region] * factors).clip(0, 1)
    return worst_case(
        pd.concat([scores, stronger]),
        models=models,
        ensemble=("fgsm", "pgd"),
        epsilons=(0.03, 0.05),
        name="two",
    )


@pytest.fixture(scope="module")
def plain(scores: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    return table2(scores, None, models=models, epsilons=EPSILONS, seed=1)


@pytest.fixture(scope="module")
def table(plain: pd.DataFrame, worst: pd.DataFrame) -> pd.DataFrame:
    return with_worst_case(plain, worst, reference="undefended", seed=1)


def test_the_rest_of_the_table_stays_as_it_was(table: pd.DataFrame, plain: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table[list(plain.columns)], plain)
    assert list(table.columns[len(plain.columns) :]) == [f"worst_{field}" for field in FIELDS]


def test_numbers_are_of_their_worst_cases(table: pd.DataFrame, worst: pd.DataFrame) -> None:
    def values(model: str) -> pd.Series:
        rows = worst[(worst["model"] == model) & (worst["epsilon"] == 0.05)]
        return rows.set_index("case")["worst_tc"]

    row = table.set_index(KEYS).loc["TC", "adversarial-0.05", 0.05]
    ours, reference = values("adversarial-0.05"), values("undefended")
    assert row["worst_dice_mean"] == pytest.approx(ours.mean())
    assert row["worst_dice_sd"] == pytest.approx(ours.std(ddof=1))
    assert row["worst_mean_difference"] == pytest.approx((ours - reference).mean())
    assert row["worst_median_difference"] == pytest.approx((ours - reference).median())
    assert row["worst_ci_low"] <= row["worst_median_difference"] <= row["worst_ci_high"]
    test = signed_rank(ours, reference)
    assert row["worst_p_paper"] == test.p_paper
    assert row["worst_rank_biserial"] == test.rank_biserial


def test_never_above_fgsm_and_equal_where_nothing_is_attacked(table: pd.DataFrame) -> None:
    clean, attacked = (table[table["epsilon"] == epsilon] for epsilon in (0.0, 0.05))
    np.testing.assert_allclose(clean["worst_dice_mean"], clean["dice_mean"])
    np.testing.assert_allclose(clean["worst_p_paper"], clean["p_paper"])
    assert (attacked["worst_dice_mean"] < attacked["dice_mean"]).all()


def test_worst_cases_are_a_family_of_their_own(table: pd.DataFrame, plain: pd.DataFrame) -> None:
    tested = table[table["worst_p_paper"].notna()]
    assert len(tested) == 8 * 3 * 2  # without the reference, and without 0.08
    np.testing.assert_allclose(tested["worst_p_holm"], holm(tested["worst_p_paper"]))
    np.testing.assert_allclose(tested["worst_p_exact_holm"], holm(tested["worst_p_exact"]))
    assert (tested["worst_star"] == np.where(tested["worst_p_paper"] <= 0.05, "*", "")).all()
    assert plain["p_paper"].notna().sum() == 72


def test_an_epsilon_without_worst_case_is_blank(table: pd.DataFrame) -> None:
    row = table.set_index(KEYS).loc["WT", "noise-0.01", 0.08]
    assert row[["worst_dice_mean", "worst_mean_difference", "worst_p_paper"]].isna().all()
    assert row["worst_star"] == row["worst_star_corrected"] == ""


def test_no_epsilon_in_common_leaves_all_blank(
    scores: pd.DataFrame, worst: pd.DataFrame, models: tuple[str, ...]
) -> None:
    plain = table2(scores, None, models=models, epsilons=(0.08,), seed=1)
    table = with_worst_case(plain, worst, reference="undefended", seed=1)
    assert table["worst_dice_mean"].isna().all()
    assert "Worst-case Dice" not in render_table2(table, footer=[])


def test_a_model_without_worst_case_is_an_error(plain: pd.DataFrame, worst: pd.DataFrame) -> None:
    for model in ("noise-0.01", "undefended"):
        with pytest.raises(InputError, match=f"no row for model {model}, attack worst-case"):
            with_worst_case(plain, worst[worst["model"] != model], reference="undefended", seed=1)


def test_a_blank_worst_case_is_an_error(plain: pd.DataFrame, worst: pd.DataFrame) -> None:
    holed = worst.copy()
    holed.loc[holed.index[-1], "worst_et"] = np.nan
    with pytest.raises(InputError, match="has no Dice for model"):
        with_worst_case(plain, holed, reference="undefended", seed=1)


def test_the_page_has_its_columns_and_says_what_they_are(table: pd.DataFrame) -> None:
    notes = table2_footer(table, threat_model="clipped", ensemble="two: fgsm + pgd")
    html = render_table2(table, footer=notes)
    assert "Every model under FGSM and in the worst case:" in html
    assert html.count("<th") - html.count("<thead") == 2 + 5 + 3 * 3 + 2 + 1 + 3 + 27
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)[2:]
    assert {row.count("<td") for row in rows} == {3 * 3 + 2 + 1}
    row = table.set_index(KEYS).loc["WT", "adversarial-0.1", 0.05]
    assert f"{row['worst_dice_mean']:.3f} ±\u00a0{row['worst_dice_sd']:.3f}" in html
    median, low, high = (
        f"{row[f'worst_{name}']:.3f}".replace("-", "\u2212")
        for name in ("median_difference", "ci_low", "ci_high")
    )
    assert f"Δ\u00a0{median} [{low}, {high}]" in html
    assert "ensemble two: fgsm + pgd and over all evaluated ε′ ≤ ε" in html
    assert "a family of their own (48 tests, those at ε = 0 included" in html


def test_a_table_without_worst_cases_says_nothing_of_them(plain: pd.DataFrame) -> None:
    html = render_table2(plain, footer=table2_footer(plain, threat_model="clipped"))
    assert "worst" not in html.lower()
