"""Columns of both tables: descriptions, comparisons and corrected p-values."""

import numpy as np
import pandas as pd

from robustseg.statistics.comparison import Comparison
from robustseg.statistics.multiplicity import bonferroni, holm

LEVEL = 0.05
STAR = "*"
DIFFERENCE_FIELDS = ("mean_difference", "median_difference", "ci_low", "ci_high")
TEST_FIELDS = (
    *("p_paper", "p_holm", "p_bonferroni", "p_exact", "p_exact_holm"),
    *("rank_biserial", "zeros", "ties", "star", "star_corrected"),
)


def describe(scores: pd.DataFrame, column: str) -> dict[str, float]:
    """Return ``<column>_mean`` and ``<column>_sd`` over cases.

    The standard deviation has n - 1 in its denominator and is missing for a single case. Infinite
    values, the PSNR of volumes that an attack left unchanged, are left out.
    """
    values = finite(scores[column])
    return {f"{column}_mean": values.mean(), f"{column}_sd": values.std(ddof=1)}


def finite(values: pd.Series) -> pd.Series:
    """Return ``values`` with blanks instead of infinite values."""
    return values.mask(np.isinf(values))


def difference_fields(comparison: Comparison) -> dict[str, float]:
    """Return the differences of a comparison and the interval of their median."""
    return {
        "mean_difference": comparison.mean_difference,
        "median_difference": comparison.interval.median,
        "ci_low": comparison.interval.low,
        "ci_high": comparison.interval.high,
    }


def test_fields(comparison: Comparison) -> dict[str, float]:
    """Return the test of a comparison; :func:`with_corrections` completes the family."""
    test = comparison.test
    return {
        "p_paper": test.p_paper,
        "p_exact": test.p_exact,
        "rank_biserial": test.rank_biserial,
        "zeros": test.zeros,
        "ties": test.ties,
    }


def with_corrections(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Correct the p-values of one family of comparisons and mark those at or below 0.05.

    With few cases, p-values of the normal approximation stay too large to survive a correction
    (at least 0.0022 with twelve cases). The exact test can survive it, so its p-values decide.

    Args:
        comparisons: one row per comparison with :func:`test_fields`; rows without
            ``p_paper`` do not belong to the family.

    Returns:
        The rows with ``p_holm`` and ``p_bonferroni`` (of ``p_paper``), ``p_exact_holm``,
        ``star`` (``p_paper`` uncorrected, as the paper's stars) and ``star_corrected``
        (``p_exact_holm``): blank, with empty stars, for a row that was not tested.
    """
    table = comparisons.reindex(columns=list(dict.fromkeys([*comparisons, *TEST_FIELDS])))
    tested = table["p_paper"].notna()
    p_paper = table.loc[tested, "p_paper"].astype(float)
    p_exact = table.loc[tested, "p_exact"].astype(float)
    for name, corrected in {
        "p_holm": holm(p_paper),
        "p_bonferroni": bonferroni(p_paper),
        "p_exact_holm": holm(p_exact),
    }.items():
        table[name] = pd.Series(corrected, index=p_paper.index).reindex(table.index)
    table["star"] = np.where(table["p_paper"] <= LEVEL, STAR, "")
    table["star_corrected"] = np.where(table["p_exact_holm"] <= LEVEL, STAR, "")
    return table.astype({"zeros": "Int64", "ties": "Int64"})
