"""The worst case per case: closed form, bounds, and that nothing missing is passed over."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robustseg.runtime.errors import InputError, InputErrors
from robustseg.statistics.worst_case import (
    as_scores,
    read_worst_case,
    worst_case,
)

DICE = ("dice_wt", "dice_tc", "dice_et")
WORST = ("worst_wt", "worst_tc", "worst_et")
COLUMNS = (
    *("model", "epsilon", "case", *WORST),
    *("attack_wt", "attack_tc", "attack_et", "ensemble"),
)

ENSEMBLE = ("fgsm", "pgd")
EPSILONS = (0.05, 0.1)
# (attack, epsilon): Dice of cases a and b; regions differ by a factor.
DICE_OF = {
    ("fgsm", 0.0): (0.9, 0.8),
    ("fgsm", 0.03): (0.4, 0.9),
    ("fgsm", 0.05): (0.6, 0.7),
    ("fgsm", 0.1): (0.5, 0.7),
    ("pgd", 0.05): (0.5, 0.7),
    ("pgd", 0.1): (0.3, 0.9),
    ("pgd", 0.2): (0.0, 0.0),
    ("random-signs", 0.05): (0.1, 0.1),
}
FACTORS = {"dice_wt": 1.0, "dice_tc": 0.5, "dice_et": 0.25}


def study(models=("m",)) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"model": model, "attack": attack, "epsilon": epsilon, "case": case}
            | {column: factor * dice for column, factor in FACTORS.items()}
            for model in models
            for (attack, epsilon), both in DICE_OF.items()
            for case, dice in zip("ab", both, strict=True)
        ]
    )


def worst(scores: pd.DataFrame, *, models=("m",), ensemble=ENSEMBLE, epsilons=EPSILONS):
    return worst_case(scores, models=models, ensemble=ensemble, epsilons=epsilons, name="two")


def random_study(seed: int) -> pd.DataFrame:
    scores = pd.concat([study(("m", "n"))] * 3, ignore_index=True)
    scores["case"] += np.repeat(["0", "1", "2"], len(scores) // 3)
    generator = np.random.default_rng(seed)
    # Coarse values: ties, zeros and ones occur.
    scores[list(DICE)] = generator.integers(0, 6, (len(scores), 3)) / 5
    return scores


def test_closed_form() -> None:
    table = worst(study())
    assert tuple(table.columns) == COLUMNS
    assert list(table["epsilon"]) == [0, 0, 0.05, 0.05, 0.1, 0.1]
    assert list(table["case"]) == list("ab") * 3
    # Case a: FGSM at 0.03 is worse than all at 0.05; PGD wins at 0.1. Case b: FGSM at 0.05 and PGD
    # are equal, the first of the ensemble is named; what is better than clean counts for nothing.
    expected = np.array([0.9, 0.8, 0.4, 0.7, 0.3, 0.7])
    for column, factor in zip(WORST, FACTORS.values(), strict=True):
        np.testing.assert_array_equal(table[column], factor * expected)
    for column in ("attack_wt", "attack_tc", "attack_et"):
        assert list(table[column]) == ["none", "none", "fgsm", "fgsm", "pgd", "fgsm"]
    assert set(table["ensemble"]) == {"two: fgsm + pgd"}


def test_regions_have_worst_cases_of_their_own() -> None:
    scores = study()
    at = (scores["attack"] == "pgd") & (scores["epsilon"] == 0.05)
    scores.loc[at, "dice_et"] = 0.01
    row = worst(scores).set_index(["epsilon", "case"]).loc[(0.05, "a")]
    assert (row["attack_wt"], row["attack_et"]) == ("fgsm", "pgd")
    assert row["worst_et"] == 0.01


@pytest.mark.parametrize("seed", range(5))
def test_at_most_every_member_and_never_rising(seed: int) -> None:
    scores = random_study(seed)
    table = worst(scores, models=("m", "n")).set_index(["model", "case", "epsilon"])
    for (model, case, epsilon), row in table.iterrows():
        members = scores[
            (scores["model"] == model)
            & (scores["case"] == case)
            & scores["attack"].isin(ENSEMBLE)
            & (scores["epsilon"] <= epsilon)
        ]
        for column, dice in zip(WORST, DICE, strict=True):
            # At most every member, and reached by one.
            assert row[column] == members[dice].min()
    falls = table.groupby(["model", "case"])[list(WORST)].diff().dropna()
    assert len(falls) == 2 * 6 * len(EPSILONS)
    assert (falls <= 0).all(axis=None)


@pytest.mark.parametrize("seed", range(3))
def test_a_larger_ensemble_never_raises_it(seed: int) -> None:
    scores = random_study(seed)
    small = worst(scores, ensemble=("fgsm",))
    assert (worst(scores)[list(WORST)] <= small[list(WORST)]).all(axis=None)


def test_the_control_is_no_member() -> None:
    scores = study()
    pd.testing.assert_frame_equal(worst(scores), worst(scores[scores["attack"] != "random-signs"]))


def test_rows_in_any_order_give_the_same() -> None:
    scores = random_study(1)
    shuffled = scores.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(worst(shuffled, models=("n", "m")), worst(scores, models="nm"))


def test_a_member_that_one_model_lacks_is_an_error_for_each_epsilon() -> None:
    scores = study(("m", "n"))
    scores = scores[(scores["model"] == "m") | (scores["attack"] != "pgd")]
    with pytest.raises(InputErrors) as caught:
        worst(scores, models=("m", "n"))
    assert caught.value.problems == [
        f"scores: no row for model n, attack pgd, epsilon {epsilon}; evaluate it or leave it out"
        for epsilon in (0.05, 0.1)
    ]


def test_an_epsilon_between_that_one_model_lacks_is_an_error() -> None:
    scores = study(("m", "n"))
    scores = scores[(scores["model"] == "m") | (scores["epsilon"] != 0.03)]
    with pytest.raises(InputError, match=r"no row for model n, attack fgsm, epsilon 0\.03"):
        worst(scores, models=("m", "n"))


def test_missing_clean_scores_are_an_error() -> None:
    scores = study()
    with pytest.raises(InputError, match="no row for model m, attack fgsm, epsilon 0"):
        worst(scores[scores["epsilon"] > 0], ensemble=("pgd",))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "case b has no Dice for model m, attack pgd, epsilon 0.05"),
        (np.inf, "case b has a Dice outside 0 to 1 for model m, attack pgd, epsilon 0.05"),
        (-np.inf, "case b has a Dice outside 0 to 1"),
        (-0.1, "case b has a Dice outside 0 to 1"),
    ],
)
@pytest.mark.parametrize("column", DICE)
def test_a_blank_or_impossible_dice_is_an_error(value: float, said: str, column: str) -> None:
    scores = study()
    at = (scores["attack"] == "pgd") & (scores["epsilon"] == 0.05) & (scores["case"] == "b")
    scores.loc[at, column] = value
    with pytest.raises(InputError, match=said):
        worst(scores)


def test_a_case_that_a_member_lacks_is_an_error() -> None:
    scores = study()
    lacking = (scores["attack"] == "pgd") & (scores["epsilon"] == 0.1) & (scores["case"] == "a")
    with pytest.raises(InputError, match="case a has a score for only one of"):
        worst(scores[~lacking])


def test_read_again(tmp_path: Path) -> None:
    table = worst(random_study(0), models=("m", "n"))
    path = tmp_path / "worst_case.csv"
    table.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_worst_case(path), table)
    table.drop(columns="worst_tc").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"worst_case\.csv: columns worst_tc are missing"):
        read_worst_case(path)
    table.loc[3, "worst_et"] = np.nan
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match="blank"):
        read_worst_case(path)


def test_as_scores_keeps_the_numbers() -> None:
    table = worst(study())
    scores = as_scores(table)
    assert set(scores["attack"]) == {"worst-case"}
    np.testing.assert_array_equal(scores[list(DICE)], table[list(WORST)])
