"""The test that the study applies is the one behind the p-values printed in the paper.

The normal approximation of the signed-rank test takes few values: one per rank sum. Almost no
printed p-value would fall on another test's values to the last digit by chance.
"""

import csv
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from robustseg.statistics.wilcoxon import signed_rank

TABLE2 = Path(__file__).parents[2] / "resources" / "table2.csv"


def printed(*regions: str) -> list[str]:
    with TABLE2.open(newline="") as file:
        return [
            row["p_value"]
            for row in csv.DictReader(file)
            if row["region"] in regions and row["p_value"]
        ]


def half_unit(text: str) -> float:
    """Return half a unit of the last printed digit."""
    return float(Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))) / 2


def lattice(n: int, *, continuity: float = 0.0) -> np.ndarray:
    """Return the p-value of every rank sum from 0 to its mean, of n pairs without ties."""
    mean, sd = n * (n + 1) / 4, np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    sums = np.arange(int(mean) + 1)
    return 2 * norm.sf(np.maximum(mean - sums - continuity, 0) / sd)


def on_lattice(text: str, values: np.ndarray) -> bool:
    return bool((np.abs(values - float(text)) <= half_unit(text) * (1 + 1e-9)).any())


def differences_with_rank_sum(n: int, total: int) -> np.ndarray:
    """Return n untied differences whose positive ranks sum to ``total``."""
    signs = np.full(n, -1.0)
    for rank in range(n, 0, -1):
        if rank <= total:
            signs[rank - 1], total = 1.0, total - rank
    return signs * np.arange(1, n + 1)


@pytest.mark.parametrize("text", printed("WT", "TC"))
def test_57_cases_give_every_p_value_of_whole_tumor_and_core(text: str) -> None:
    total = int(np.abs(lattice(57) - float(text)).argmin())
    ours = signed_rank(differences_with_rank_sum(57, total), np.zeros(57))
    assert ours.statistic == total
    assert abs(ours.p_paper - float(text)) <= half_unit(text) * (1 + 1e-9)


@pytest.mark.parametrize("text", printed("ET"))
def test_49_or_50_nonzero_differences_give_every_p_value_of_enhancing_tumor(text: str) -> None:
    fits = [n for n in (50, 49) if on_lattice(text, lattice(n))]
    assert fits
    total = int(np.abs(lattice(fits[0]) - float(text)).argmin())
    without_enhancing = np.zeros(57 - fits[0])
    ours = signed_rank(
        np.concatenate([differences_with_rank_sum(fits[0], total), without_enhancing]),
        np.zeros(57),
    )
    assert ours.zeros == 57 - fits[0]
    assert abs(ours.p_paper - float(text)) <= half_unit(text) * (1 + 1e-9)


def test_no_other_number_of_cases_does_so() -> None:
    texts = printed("WT", "TC")
    hits = {n: sum(on_lattice(text, lattice(n)) for text in texts) for n in range(30, 101)}
    assert len(texts) == 42
    assert hits.pop(57) == 42
    assert max(hits.values()) <= 8


def test_a_continuity_correction_does_not() -> None:
    texts = printed("WT", "TC")
    assert sum(on_lattice(text, lattice(57, continuity=0.5)) for text in texts) <= 4


def test_the_papers_stars_are_of_uncorrected_p_values() -> None:
    """Bonferroni's correction of 63 comparisons would leave fewer stars than are printed."""
    values = np.array([float(text) for text in printed("WT", "TC", "ET")])
    assert values.size == 63
    assert (values <= 0.05).sum() == 50
    assert (values * 63 <= 0.05).sum() < 50
