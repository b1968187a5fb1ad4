"""Pairing by case, and what cannot be paired."""

from pathlib import Path

import pandas as pd
import pytest

from robustseg.runtime.errors import InputError
from robustseg.statistics.comparison import compare
from robustseg.statistics.scores import Condition, clean, read_scores, select

DEFENDED, UNDEFENDED = (
    Condition("distillation-20", "fgsm", 0.05),
    Condition("undefended", "fgsm", 0.05),
)


def differences(scores: pd.DataFrame) -> object:
    return compare(scores, subject=DEFENDED, reference=UNDEFENDED, column="dice_wt", seed=0)


def test_pairs_by_case_and_not_by_row(scores: pd.DataFrame) -> None:
    shuffled = scores.sample(frac=1, random_state=0)
    assert differences(scores) == differences(shuffled)


def test_difference_is_subject_minus_reference(scores: pd.DataFrame) -> None:
    means = scores[scores["attack"] == "fgsm"].groupby(["model", "epsilon"])["dice_wt"].mean()
    expected = means["distillation-20", 0.05] - means["undefended", 0.05]
    comparison = differences(scores)
    assert comparison.mean_difference == pytest.approx(expected)
    assert expected > 0
    assert comparison.test.rank_biserial > 0


def test_different_cases(scores: pd.DataFrame) -> None:
    lost = (scores["model"] == "distillation-20") & (scores["case"] == "case-003")
    with pytest.raises(InputError, match="case-003 has a score for only one of"):
        differences(scores[~lost])


def test_duplicate_case(scores: pd.DataFrame) -> None:
    again = scores[(scores["model"] == "undefended") & (scores["case"] == "case-002")]
    with pytest.raises(InputError, match="case-002 occurs twice for model undefended"):
        differences(pd.concat([scores, again]))


def test_blank_dice(scores: pd.DataFrame) -> None:
    blank = scores.copy()
    blank.loc[blank["case"] == "case-001", "dice_et"] = None
    with pytest.raises(InputError, match="case-001 has no Dice"):
        select(blank, clean("undefended"))


def test_condition_that_was_not_evaluated(scores: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"no row for model undefended, attack fgsm, epsilon 0\.3"):
        select(scores, Condition("undefended", "fgsm", 0.3))


def test_epsilon_of_a_sum_finds_its_row(scores: pd.DataFrame) -> None:
    assert len(select(scores, Condition("undefended", "fgsm", 0.01 + 0.02 + 0.02))) == 12


def test_reading_keeps_the_names_of_cases(scores: pd.DataFrame, tmp_path: Path) -> None:
    numbered = scores.assign(case=scores["case"].str.removeprefix("case-"))
    numbered.to_csv(tmp_path / "scores.csv", index=False)
    assert read_scores(tmp_path / "scores.csv")["case"].iloc[0] == "000"


def test_reading_names_missing_columns(scores: pd.DataFrame, tmp_path: Path) -> None:
    lost = ["dice_wt", "dice_tc", "dice_et", "psnr"]
    scores.drop(columns=lost).to_csv(tmp_path / "scores.csv", index=False)
    with pytest.raises(InputError, match="columns dice_<region>, psnr are missing"):
        read_scores(tmp_path / "scores.csv")


def test_reading_refuses_an_empty_table(scores: pd.DataFrame, tmp_path: Path) -> None:
    scores.head(0).to_csv(tmp_path / "scores.csv", index=False)
    with pytest.raises(InputError, match="no scores"):
        read_scores(tmp_path / "scores.csv")
