"""Wilcoxon's signed-rank test of paired scores, in the form behind the paper's p-values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

DIGITS = 9
"""Digits of the values in a table of scores."""


@dataclass(frozen=True)
class SignedRank:
    """Result of a two-sided signed-rank test of ``first - second``.

    Attributes:
        n: number of pairs.
        n_nonzero: pairs that differ; only these are ranked.
        zeros: pairs without a difference, dropped before ranking (``n - n_nonzero``).
        ties: pairs with a shared rank, because their absolute difference occurs again.
        statistic: the smaller of the two rank sums (0 without a non-zero difference).
        p_paper: normal approximation, variance corrected for ties, no continuity correction.
        p_exact: from the exact distribution over all signs of the observed ranks, ties included.
        rank_biserial: matched-pairs rank-biserial correlation ``(R+ - R-) / (R+ + R-)`` in
            [-1, 1]; positive when ``first`` is larger (Kerby 2014).
    """

    n: int
    n_nonzero: int
    zeros: int
    ties: int
    statistic: float
    p_paper: float
    p_exact: float
    rank_biserial: float


def signed_rank(first: ArrayLike, second: ArrayLike) -> SignedRank:
    """Test whether paired scores differ.

    Differences are rounded to `DIGITS` significant digits of the largest score before they are
    compared with 0 or with each other. Differences that are equal up to floating-point noise
    therefore share their rank.

    Args:
        first: scores, shape ``(n,)``, one per case.
        second: scores of the same cases in the same order.

    Returns:
        The test. If no pair differs, ``n_nonzero`` is 0, both p-values are 1 and the effect size
        is 0.

    Raises:
        ValueError: shapes differ, are not ``(n,)`` with n >= 1, or a score is not finite.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.ndim != 1 or one.shape != other.shape or one.size == 0:
        raise ValueError(f"paired scores need equal shapes (n,), got {one.shape}, {other.shape}")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("paired scores must be finite")
    differences = _rounded(one - other, scale=max(np.abs(one).max(), np.abs(other).max()))
    nonzero = differences[differences != 0]
    n, n_nonzero = differences.size, nonzero.size
    if n_nonzero == 0:
        return SignedRank(n, 0, n, 0, 0.0, 1.0, 1.0, 0.0)
    ranks = stats.rankdata(np.abs(nonzero))
    positive, negative = ranks[nonzero > 0].sum(), ranks[nonzero < 0].sum()
    counts = np.unique(np.abs(nonzero), return_counts=True)[1]
    ties = int(counts[counts > 1].sum())
    approximation = stats.wilcoxon(
        nonzero, zero_method="wilcox", correction=False, method="asymptotic"
    )
    return SignedRank(
        n=n,
        n_nonzero=n_nonzero,
        zeros=n - n_nonzero,
        ties=ties,
        statistic=float(min(positive, negative)),
        p_paper=float(approximation.pvalue),
        p_exact=_exact_p(ranks, min(positive, negative)),
        rank_biserial=float((positive - negative) / ranks.sum()),
    )


def _rounded(differences: NDArray[np.float64], *, scale: float) -> NDArray[np.float64]:
    """Round to `DIGITS` significant digits of ``scale``."""
    if scale == 0:
        return differences
    # In units of the power of ten above the scale, so the number of decimals is never negative.
    unit = 10.0 ** (np.floor(np.log10(scale)) + 1)
    rounded: NDArray[np.float64] = np.round(differences / unit, DIGITS)
    return rounded


def _exact_p(ranks: NDArray[np.float64], statistic: float) -> float:
    """Return the two-sided p-value of a rank sum if both signs are equally likely.

    The distribution of the sum is the convolution of one two-point distribution per rank; ranks
    are doubled, so the half ranks of ties become whole numbers.
    """
    doubled = np.rint(2 * ranks).astype(int)
    probability = np.zeros(doubled.sum() + 1)
    probability[0] = 1.0
    for rank in doubled:
        probability[rank:] += probability[:-rank].copy()
        probability /= 2
    return min(1.0, 2 * float(probability[: round(2 * statistic) + 1].sum()))
