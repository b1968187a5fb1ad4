"""The seed variance in Tables 1 and 2."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from robustseg.html.numbers import number
from robustseg.runtime.errors import InputError
from robustseg.statistics.scores import CONTROL, QUALITY, Condition, dice_columns, holds
from robustseg.statistics.seeds import SEED, seeds_of
from robustseg.statistics.summary import finite
from robustseg.statistics.worst_case import WORST_CASE, as_scores
from robustseg.tables.labels import region_of_code

SUFFIX = "_seed_sd"


def seed_sd(scores: pd.DataFrame, condition: Condition, column: str) -> float:
    """Return the standard deviation, over seeds, of the mean of ``column`` over cases.

    Its denominator is k - 1 for k seeds. It is nan if ``scores`` has no row of ``condition``.
    Infinite values are left out, as in `describe`.
    """
    rows = scores[holds(scores, condition)]
    means = finite(rows[column]).groupby(rows[SEED]).mean()
    return float(means.std(ddof=1))


def table1_spread(table: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Add the spread over seeds to Table 1, if there are several.

    Args:
        table: the result of :func:`robustseg.tables.table1.table1`.
        scores: the long table of scores that ``table`` was computed from.

    Returns:
        ``table`` with ``seeds``, the number of trainings, after ``n``, and with the spread
        ``..._seed_sd`` of :func:`seed_sd` after each ``..._sd`` of our own. With one seed,
        ``table`` itself.
    """
    if SEED not in scores:
        return table
    conditions = [
        Condition(model, "fgsm" if attack == "none" else attack, epsilon)
        for model, attack, epsilon in _rows(table, "model", "attack", "epsilon")
    ]
    for column in (*dice_columns(scores), *QUALITY):
        spread = [seed_sd(scores, condition, column) for condition in conditions]
        table = _insert(table, f"{column}{SUFFIX}", spread, after=f"{column}_sd")
    return _insert(table, "seeds", len(seeds_of(scores)), after="n")


def table2_spread(table: pd.DataFrame, scores: pd.DataFrame, worst: pd.DataFrame) -> pd.DataFrame:
    """Add the spread over seeds to Table 2 with its worst cases, if there are several.

    Args:
        table: the result of :func:`robustseg.tables.table2_worst.with_worst_case`, of FGSM.
        scores: the long table of scores that ``table`` was computed from.
        worst: the worst cases.

    Returns:
        ``table`` with ``seeds`` after ``n``, and ``dice_seed_sd``, ``control_dice_seed_sd`` and
        ``worst_dice_seed_sd`` after their ``..._sd``. With one seed, ``table`` itself.

    Raises:
        InputError: ``scores`` and ``worst`` have different seeds.
    """
    if seeds_of(scores) != seeds_of(worst):
        raise InputError(
            f"worst_case: its seeds are {seeds_of(worst)}, those of the scores "
            f"{seeds_of(scores)}; run the study again"
        )
    if SEED not in scores:
        return table
    kinds = (("", "fgsm", scores), ("control_", CONTROL, scores))
    for prefix, attack, rows in (*kinds, ("worst_", WORST_CASE, as_scores(worst))):
        spread = [
            seed_sd(rows, Condition(model, attack, epsilon), f"dice_{region_of_code(region)}")
            for region, model, epsilon in _rows(table, "region", "model", "epsilon")
        ]
        table = _insert(table, f"{prefix}dice{SUFFIX}", spread, after=f"{prefix}dice_sd")
    return _insert(table, "seeds", len(seeds_of(scores)), after="n")


def _rows(table: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    return table[list(columns)].itertuples(index=False, name=None)


def _insert(
    table: pd.DataFrame, name: str, values: Sequence[float] | int, *, after: str
) -> pd.DataFrame:
    table = table.copy()
    table.insert(list(table.columns).index(after) + 1, name, values)
    return table


def spread_lines(row: pd.Series, score: str, digits: int = 3) -> list[str]:
    """Return the line of a cell with the spread of ``score``, if there is one."""
    spread = row.get(f"{score}{SUFFIX}")
    return (
        [] if spread is None or pd.isna(spread) else [f"seeds\u00a0±\u00a0{number(spread, digits)}"]
    )


def seed_notes(seeds: Sequence[int], *, spread: bool = True) -> list[str]:
    """Return the notes on several seeds below a table; none with one seed.

    Args:
        seeds: of :func:`robustseg.statistics.seeds.seeds_of`.
        spread: the table shows the spread over them.
    """
    if not seeds:
        return []
    listed = ", ".join(map(str, seeds))
    note = (
        f"Every model is trained {len(seeds)} times (seeds {listed}). The score of a case is its "
        "mean over these trainings; means, standard deviations, tests and intervals are over "
        "cases, and n counts cases, not seeds."
    )
    if spread:
        note += " seeds ±: standard deviation, over the seeds, of the mean over cases."
    return [note]
