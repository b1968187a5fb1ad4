"""Several trainings: cases stay the unit of every test, and no seed is lost in silence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robustseg.runtime.errors import InputError, InputErrors
from robustseg.statistics.scores import Condition, read_scores, select
from robustseg.statistics.seeds import KEYS, check_seeds, seed_means, seeds_of
from robustseg.statistics.wilcoxon import signed_rank
from robustseg.statistics.worst_case import as_scores, read_worst_case, worst_case
from robustseg.tables.seed_spread import seed_notes, table1_spread, table2_spread
from robustseg.tables.table1 import table1
from robustseg.tables.table2 import table2
from robustseg.tables.verdicts import verdicts

from .conftest import (
    ATTACKED,
    SEEDS,
    WORST,
    trained,
    worst,
)


def test_means_in_closed_form() -> None:
    rows = [("m", "fgsm", 0.1, case, seed) for seed in (1, 0) for case in "ba"]
    table = pd.DataFrame(rows, columns=[*KEYS, "seed"])
    table["dice_wt"] = [0.2, 0.4, 0.6, 0.5]
    table["psnr"] = [30.0, np.nan, 32.0, 31.0]
    table["threat_model"] = "clipped"
    means = seed_means(table)
    assert list(means.columns) == [name for name in table.columns if name != "seed"]
    assert list(means["case"]) == ["b", "a"]
    np.testing.assert_allclose(means["dice_wt"], [0.4, 0.45])
    # What one seed lacks is blank, not the mean of the others.
    np.testing.assert_allclose(means["psnr"], [31.0, np.nan])
    assert list(means["epsilon"]) == [0.1, 0.1]
    assert set(means["threat_model"]) == {"clipped"}


def test_one_training_passes_through(scores: pd.DataFrame, models: tuple[str, ...]) -> None:
    assert seed_means(scores) is scores
    assert seeds_of(scores) == seed_notes([]) == []
    first, second = table1(scores, None, epsilon=0.05, seed=1), pd.DataFrame()
    assert table1_spread(first, scores) is first
    assert table2_spread(second, scores, worst(scores, models)) is second


def test_rows_of_a_condition_are_cases(several: pd.DataFrame) -> None:
    rows = select(several, ATTACKED)
    assert len(rows) == 12
    assert rows.index.is_unique
    assert rows.index.is_monotonic_increasing
    ours = several[(several["model"] == ATTACKED.model) & (several["attack"] == "fgsm")]
    of_case = ours[(ours["epsilon"] == 0.05) & (ours["case"] == "case-007")]
    assert len(of_case) == 3
    assert rows.loc["case-007", "dice_tc"] == pytest.approx(of_case["dice_tc"].mean())


def test_tables_are_those_of_the_means_over_seeds(
    several: pd.DataFrame, averaged: pd.DataFrame, models: tuple[str, ...]
) -> None:
    first = table1(several, None, epsilon=0.05, seed=1)
    pd.testing.assert_frame_equal(first, table1(averaged, None, epsilon=0.05, seed=1))
    second = table2(several, None, models=models, seed=1)
    pd.testing.assert_frame_equal(second, table2(averaged, None, models=models, seed=1))
    assert (first["n"] == 12).all()
    assert (second["n"] == 12).all()


def test_the_test_is_wilcoxons_on_the_means_of_cases(
    several: pd.DataFrame, models: tuple[str, ...]
) -> None:
    def means(model: str) -> pd.Series:
        rows = several[(several["model"] == model) & (several["attack"] == "fgsm")]
        return rows[rows["epsilon"] == 0.05].groupby("case")["dice_et"].mean()

    row = (
        table2(several, None, models=models, seed=1)
        .set_index(["region", "model", "epsilon"])
        .loc[("ET", "distillation-20", 0.05)]
    )
    expected = signed_rank(means("distillation-20"), means("undefended"))
    assert expected.n == 12
    assert row["p_paper"] == expected.p_paper
    assert row["p_exact"] == expected.p_exact
    assert row["dice_sd"] == pytest.approx(np.std(means("distillation-20"), ddof=1))


def test_the_same_training_thrice_is_no_more_evidence_than_once(
    scores: pd.DataFrame, models: tuple[str, ...]
) -> None:
    thrice = pd.concat([scores.assign(seed=seed) for seed in SEEDS], ignore_index=True)
    for attack in ({}, {"models": models}):
        make = table2 if attack else table1
        options = attack or {"epsilon": 0.05}
        found, expected = (make(t, None, seed=1, **options) for t in (thrice, scores))
        # A mean of three equal numbers differs from them by a last bit.
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    assert table1_spread(table1(thrice, None, epsilon=0.05, seed=1), thrice)[
        "dice_wt_seed_sd"
    ].to_numpy() == pytest.approx(0, abs=1e-12)


def test_the_worst_case_is_taken_before_the_mean() -> None:
    dice = {("fgsm", 0): 0.4, ("pgd", 0): 0.6, ("fgsm", 1): 0.6, ("pgd", 1): 0.2}
    rows = [("m", "fgsm", 0.0, "a", seed, 0.9) for seed in (0, 1)]
    rows += [("m", attack, 0.1, "a", seed, value) for (attack, seed), value in dice.items()]
    scores = pd.DataFrame(rows, columns=[*KEYS, "seed", "dice_wt"])
    scores = scores.assign(dice_tc=scores["dice_wt"], dice_et=scores["dice_wt"])
    table = worst_case(scores, models=["m"], ensemble=("fgsm", "pgd"), epsilons=[0.1], name="both")
    assert list(table.columns)[:4] == ["model", "seed", "epsilon", "case"]
    assert list(table["seed"]) == [0, 0, 1, 1]
    at = table[table["epsilon"] == 0.1]
    assert list(at["worst_wt"]) == [0.4, 0.2]
    assert list(at["attack_wt"]) == ["fgsm", "pgd"]
    # Neither 0.4, the least of the attacks' means over seeds, nor 0.2, the least of all.
    mean = select(as_scores(table), Condition("m", "worst-case", 0.1))
    assert mean.loc["a", "dice_wt"] == pytest.approx(0.3)


def test_worst_cases_of_each_seed_are_those_of_its_own_scores(
    several: pd.DataFrame, models: tuple[str, ...], tmp_path: Path
) -> None:
    table = worst(several, models)
    assert list(dict.fromkeys(table["model"])) == list(models)
    for seed in SEEDS:
        alone = worst(several[several["seed"] == seed].drop(columns="seed"), models)
        mine = table[table["seed"] == seed].drop(columns="seed")
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), alone)
    table.to_csv(tmp_path / "worst_case.csv", index=False)
    read = read_worst_case(tmp_path / "worst_case.csv")
    np.testing.assert_allclose(read[WORST], table[WORST])
    table.iloc[1:].to_csv(tmp_path / "worst_case.csv", index=False)
    with pytest.raises(InputError, match="has no row of seed 0"):
        read_worst_case(tmp_path / "worst_case.csv")


def without(scores: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Leave out the rows that have all of ``values``."""
    at = np.logical_and.reduce([scores[name] == value for name, value in values.items()])
    assert at.any()
    return scores[~at]


LOST = {
    "a case": {"case": "case-003", "seed": 9, "model": "noise-0.01"},
    "a model": {"model": "noise-0.01", "seed": 9},
    "an epsilon": {"model": "noise-0.01", "seed": 9, "epsilon": 0.05},
}


@pytest.mark.parametrize("lost", LOST)
def test_a_seed_that_some_have_and_some_lack_is_an_error(
    several: pd.DataFrame, models: tuple[str, ...], tmp_path: Path, lost: str
) -> None:
    scores = without(several, **LOST[lost])
    said = r"model noise-0\.01, attack .* has no row of seed 9"
    scores.to_csv(tmp_path / "scores.csv", index=False)
    with pytest.raises(InputError, match=said) as caught:
        read_scores(tmp_path / "scores.csv")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=said):
        table2(scores, None, models=models, seed=1)
    with pytest.raises(InputError, match=said):
        worst(scores, models)


def test_a_row_twice_is_an_error(several: pd.DataFrame) -> None:
    twice = pd.concat([several, several.iloc[[5]]])
    for check in (check_seeds, seed_means):
        with pytest.raises(InputError, match="case case-005, seed 4 occurs twice"):
            check(twice)


def test_a_blank_of_one_seed_is_an_error(several: pd.DataFrame) -> None:
    holed = several.copy()
    at = (holed["model"] == ATTACKED.model) & (holed["epsilon"] == 0.05) & (holed["seed"] == 0)
    holed.loc[holed.index[at & (holed["case"] == "case-002")], "dice_et"] = np.nan
    with pytest.raises(InputError, match="case case-002 has no Dice"):
        select(holed, ATTACKED)


def test_what_is_wrong_with_one_seeds_worst_case_is_said_with_the_seed(
    several: pd.DataFrame, models: tuple[str, ...]
) -> None:
    impossible = several.copy()
    impossible.loc[impossible["seed"] == 0, "dice_wt"] = 2.0
    with pytest.raises(InputErrors, match="seed 0: scores: case case-000 has a Dice outside"):
        worst(impossible, models)


def test_scores_with_and_without_seed_do_not_mix(
    several: pd.DataFrame, scores: pd.DataFrame, models: tuple[str, ...]
) -> None:
    said = "some rows have a seed and some have none"
    with pytest.raises(InputError, match=said):
        seed_means(pd.concat([several, scores]))
    with pytest.raises(InputError, match=said):
        verdicts(several, worst(scores, models), {"undefended": []}, epsilon=0.05)
    with pytest.raises(
        InputError, match=r"its seeds are \[0, 4\], those of the scores \[0, 4, 9\]"
    ):
        table2_spread(pd.DataFrame(), several, worst(trained((4, 0)), models))


def test_verdicts_are_means_over_cases_and_seeds(
    several: pd.DataFrame, averaged: pd.DataFrame, models: tuple[str, ...]
) -> None:
    least = worst(several, models)
    table = verdicts(several, least, {"noise-0.01": []}, epsilon=0.05)
    rows = averaged[(averaged["model"] == "noise-0.01") & (averaged["epsilon"] == 0.05)]
    expected = rows[rows["attack"] == "fgsm"]["dice_wt"].mean()
    assert table.loc[0, "apparent_wt"] == pytest.approx(expected)
    rows = least[(least["model"] == "noise-0.01") & (least["epsilon"] == 0.05)]
    assert table.loc[0, "worst_wt"] == pytest.approx(rows["worst_wt"].mean())
    assert table.loc[0, "n"] == 12
