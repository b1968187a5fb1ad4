"""The signed-rank test against closed forms, enumeration and scipy."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from robustseg.statistics.wilcoxon import signed_rank


@pytest.mark.parametrize("n", [5, 12, 57, 200])
def test_agrees_with_scipy_without_ties(n: int) -> None:
    generator = np.random.default_rng(n)
    first, second = generator.normal(0.1, 1, n), generator.normal(0, 1, n)
    ours = signed_rank(first, second)
    theirs = stats.wilcoxon(
        first, second, zero_method="wilcox", correction=False, method="asymptotic"
    )
    exact = stats.wilcoxon(first, second, method="exact")
    assert ours.p_paper == pytest.approx(theirs.pvalue, rel=1e-12)
    assert ours.p_exact == pytest.approx(exact.pvalue, rel=1e-9)
    assert ours.statistic == theirs.statistic
    assert (ours.n, ours.n_nonzero, ours.zeros, ours.ties) == (n, n, 0, 0)


def test_zeros_are_dropped_and_ties_share_ranks() -> None:
    first = np.array([3.0, 1.0, 1.0, 5.0, 2.0, 4.0])
    second = np.array([3.0, 0.0, 2.0, 3.0, 2.0, 1.0])
    ours = signed_rank(first, second)
    # Differences 0, 1, -1, 2, 0, 3: ranks 1.5, 1.5, 3, 4, of which 1.5 is negative.
    assert (ours.n, ours.n_nonzero, ours.zeros, ours.ties) == (6, 4, 2, 2)
    assert ours.statistic == 1.5
    assert ours.rank_biserial == pytest.approx((8.5 - 1.5) / 10)
    variance = 4 * 5 * 9 / 24 - (2**3 - 2) / 48
    assert ours.p_paper == pytest.approx(2 * stats.norm.sf(3.5 / np.sqrt(variance)))


@pytest.mark.parametrize(
    "magnitudes", [(1, 2, 3, 4, 5, 6), (1, 1, 2, 2, 2, 5), (1, 1, 1, 1, 1, 1), (7,)]
)
def test_exact_p_is_that_of_all_sign_patterns(magnitudes: tuple[int, ...]) -> None:
    sizes = np.array(magnitudes, dtype=float)
    ranks = stats.rankdata(sizes)
    sums = np.array([ranks[np.array(s)].sum() for s in product([False, True], repeat=len(sizes))])
    for signs in product([-1, 1], repeat=len(sizes)):
        ours = signed_rank(sizes * signs, np.zeros(len(sizes)))
        expected = min(1.0, 2 * np.mean(sums <= ours.statistic))
        assert ours.p_exact == pytest.approx(expected, abs=1e-12)


def test_smallest_p_with_twelve_cases() -> None:
    """With twelve cases the approximation stops at 0.0022 where the exact test reaches 2^-11."""
    ours = signed_rank(np.arange(1, 13), np.zeros(12))
    assert ours.p_exact == pytest.approx(2.0**-11)
    assert ours.p_paper == pytest.approx(0.0022, abs=5e-5)
    assert ours.rank_biserial == 1.0


def test_no_difference_is_no_evidence() -> None:
    ours = signed_rank([0.5, 0.6], [0.5, 0.6])
    assert (ours.n, ours.n_nonzero, ours.zeros) == (2, 0, 2)
    assert (ours.p_paper, ours.p_exact, ours.rank_biserial) == (1.0, 1.0, 0.0)


def test_swapping_the_samples_flips_only_the_effect() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.random(20), generator.random(20)
    one, other = signed_rank(first, second), signed_rank(second, first)
    assert one.rank_biserial == pytest.approx(-other.rank_biserial)
    assert (one.p_paper, one.p_exact, one.statistic) == (
        other.p_paper,
        other.p_exact,
        other.statistic,
    )


@pytest.mark.parametrize(
    ("first", "second"), [([1.0], [1.0, 2.0]), ([], []), ([np.nan], [1.0]), ([[1.0]], [[2.0]])]
)
def test_refuses_what_does_not_pair(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match="paired scores"):
        signed_rank(first, second)


@pytest.mark.parametrize("scale", [1.0, 0.013, 37.0, 123456.7])
def test_differences_that_are_equal_but_for_float_noise_share_their_rank(scale: float) -> None:
    # Every difference is 0.1 but for the last bits.
    second = scale * np.array([0.2, 0.3, 0.6, 0.8, 0.35])
    first = second + scale * 0.1
    assert len(set(first - second)) > 1, "no noise; the test shows nothing"
    for swapped in ([], [3], [0, 4]):
        one, other = first.copy(), second.copy()
        one[swapped], other[swapped] = second[swapped], first[swapped]
        signs = [-1 if place in swapped else 1 for place in range(5)]
        ours, equal = signed_rank(one, other), signed_rank(signs, np.zeros(5))
        assert ours == equal
        assert ours.ties == 5


def test_four_equal_differences_are_as_unlikely_as_they_should_be() -> None:
    ours = signed_rank([0.3, 0.4, 0.7, 0.9], [0.2, 0.3, 0.6, 0.8])
    assert ours.p_paper == pytest.approx(0.0455, abs=5e-5)


def test_a_difference_of_noise_is_none() -> None:
    ours = signed_rank([0.1 + 0.2, 0.5, 0.5], [0.3, 0.4, 0.3])
    assert (ours.n_nonzero, ours.zeros) == (2, 1)


def test_differences_of_the_last_digit_of_a_table_are_told_apart() -> None:
    ours = signed_rank([0.500000001, 0.500000003, 0.500000002], [0.5, 0.5, 0.5])
    assert (ours.n_nonzero, ours.ties) == (3, 0)
