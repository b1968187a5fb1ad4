"""The worst-case columns of Table 2."""

import pandas as pd

from robustseg.runtime.seeds import derive_seed
from robustseg.statistics.comparison import compare
from robustseg.statistics.scores import Condition, evaluated, select
from robustseg.statistics.summary import (
    DIFFERENCE_FIELDS,
    TEST_FIELDS,
    describe,
    difference_fields,
    test_fields,
    with_corrections,
)
from robustseg.statistics.worst_case import WORST_CASE, as_scores
from robustseg.tables.labels import region_of_code

KEYS = ["region", "model", "epsilon"]
FIELDS = ("dice_mean", "dice_sd", *DIFFERENCE_FIELDS, *TEST_FIELDS)
PREFIX = "worst_"


def with_worst_case(
    table: pd.DataFrame, worst: pd.DataFrame, *, reference: str, seed: int
) -> pd.DataFrame:
    """Add the ensemble's worst case for the same rows to Table 2.

    Args:
        table: rows with ``region``, ``model`` and ``epsilon``.
        worst: the result of :func:`robustseg.statistics.worst_case.worst_case`.
        reference: the model to compare with, by its worst case at the same epsilon.
        seed: of the bootstrap, from which every comparison derives its own.

    Returns:
        ``table`` with ``worst_dice_mean``, ``worst_dice_sd`` and, against the reference's worst
        cases, the columns of the differences and of the signed-rank test, each with the prefix
        ``worst_``. They are blank at an epsilon that ``worst`` lacks. For the corrections, the
        worst-case comparisons of the table are a separate family.

    Raises:
        InputError: a model lacks an epsilon that another has, or cases do not pair.
    """
    scores = as_scores(worst)
    present = {
        epsilon
        for model, epsilon in set(table[KEYS[1:]].itertuples(index=False, name=None))
        if evaluated(scores, Condition(model, WORST_CASE, epsilon))
    }
    rows = [
        _row(scores, region, Condition(model, WORST_CASE, epsilon), reference, seed)
        for region, model, epsilon in table[KEYS].itertuples(index=False)
        if epsilon in present
    ]
    columns = with_corrections(pd.DataFrame(rows, columns=None if rows else KEYS))
    columns = columns.reindex(columns=[*KEYS, *FIELDS])
    columns = columns.rename(columns={field: f"{PREFIX}{field}" for field in FIELDS})
    table = table.merge(columns, on=KEYS, how="left", validate="one_to_one")
    stars = [f"{PREFIX}star", f"{PREFIX}star_corrected"]
    table[stars] = table[stars].fillna("")
    return table


def _row(
    scores: pd.DataFrame, region: str, condition: Condition, reference: str, seed: int
) -> dict[str, object]:
    """Return one row; the corrections are filled in when the family is complete."""
    column = f"dice_{region_of_code(region)}"
    described = describe(select(scores, condition), column)
    row: dict[str, object] = dict(
        zip(KEYS, (region, condition.model, condition.epsilon), strict=True)
    )
    row |= {"dice_mean": described[f"{column}_mean"], "dice_sd": described[f"{column}_sd"]}
    if condition.model != reference:
        comparison = compare(
            scores,
            subject=condition,
            reference=Condition(reference, condition.attack, condition.epsilon),
            column=column,
            seed=derive_seed(
                seed, "table2", condition.attack, column, condition.model, f"{condition.epsilon:g}"
            ),
        )
        row |= difference_fields(comparison) | test_fields(comparison)
    return row
