"""The long table of scores: reading it, and selecting the cases of a condition."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from robustseg.runtime.errors import InputError
from robustseg.statistics.reading import read_table
from robustseg.statistics.seeds import check_seeds, seed_means, seeds_of

DICE_PREFIX = "dice_"
QUALITY = ("psnr", "ssim", "rmse")
CONTROL = "random-signs"
UNDEFENDED = "undefended"


@dataclass(frozen=True)
class Condition:
    """One model under one attack at one epsilon (0: the clean images)."""

    model: str
    attack: str
    epsilon: float

    def __str__(self) -> str:
        """Name the condition in error messages."""
        return f"model {self.model}, attack {self.attack}, epsilon {self.epsilon:g}"


def clean(model: str) -> Condition:
    """Return the condition that holds a model's scores on clean images: FGSM at epsilon 0."""
    return Condition(model, "fgsm", 0.0)


def dice_columns(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of the Dice coefficients, one per region, in the order of the table."""
    return tuple(column for column in table.columns if column.startswith(DICE_PREFIX))


def regions_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the regions with a Dice in a table of scores."""
    return tuple(column.removeprefix(DICE_PREFIX) for column in dice_columns(table))


def read_scores(path: str | Path) -> pd.DataFrame:
    """Read ``scores.csv``: one row per model, attack, epsilon and case, and seed if several.

    Raises:
        InputError: a column is missing, the table has no row, or some row lacks a seed.
    """
    scores = read_table(path, ("model", "attack", "case"))
    missing = {"model", "attack", "epsilon", "case", *QUALITY} - set(scores.columns)
    missing |= set() if dice_columns(scores) else {f"{DICE_PREFIX}<region>"}
    if missing:
        raise InputError(
            f"{path}: columns {', '.join(sorted(missing))} are missing; "
            "give the scores of a study as its workflow writes them"
        )
    if scores.empty:
        raise InputError(f"{path}: no scores; evaluate at least one case")
    check_seeds(scores)
    return scores


def holds(scores: pd.DataFrame, condition: Condition) -> pd.Series:
    """Return a boolean mask of the rows of ``scores`` that belong to ``condition``.

    Epsilons are compared with a tolerance of 1e-9, so rounded sums such as 0.1 + 0.2 match.
    """
    named = (scores["model"] == condition.model) & (scores["attack"] == condition.attack)
    return named & ((scores["epsilon"] - condition.epsilon).abs() < 1e-9)


def select(scores: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    """Return the rows of one condition, indexed and sorted by case: means over the seeds.

    Raises:
        InputError: the condition has no row, a case occurs twice or lacks a seed that ``scores``
            has, or a Dice is blank.
    """
    rows = scores[holds(scores, condition)]
    if rows.empty:
        raise InputError(f"scores: no row for {condition}; evaluate it or leave it out")
    rows = seed_means(rows, seeds=seeds_of(scores)).set_index("case").sort_index()
    if rows.index.has_duplicates:
        twice = rows.index[rows.index.duplicated()][0]
        raise InputError(f"scores: case {twice} occurs twice for {condition}; keep one row a case")
    blank = rows.index[rows[list(dice_columns(rows))].isna().any(axis=1)]
    if len(blank):
        raise InputError(f"scores: case {blank[0]} has no Dice for {condition}; evaluate it again")
    return rows


def evaluated(scores: pd.DataFrame, condition: Condition) -> bool:
    """Tell whether ``scores`` has any row of ``condition``."""
    return bool(holds(scores, condition).any())
