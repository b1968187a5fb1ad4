"""The bootstrap interval of a median."""

import numpy as np
import pytest
from scipy import stats

from robustseg.statistics.bootstrap import median_interval


def test_agrees_with_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(0).normal(0.1, 0.05, 57)
    ours = median_interval(values, seed=1)
    theirs = stats.bootstrap(
        (values,), np.median, method="percentile", n_resamples=5000, random_state=2
    ).confidence_interval
    assert ours.median == np.median(values)
    assert ours.low == pytest.approx(theirs.low, abs=0.004)
    assert ours.high == pytest.approx(theirs.high, abs=0.004)


def test_seed_decides() -> None:
    values = np.random.default_rng(0).normal(size=200)
    assert median_interval(values, seed=3) == median_interval(values, seed=3)
    assert median_interval(values, seed=3) != median_interval(values, seed=4)


@pytest.mark.parametrize("values", [[0.25], [0.25, 0.25, 0.25]])
def test_without_spread_the_interval_is_a_point(values: list[float]) -> None:
    interval = median_interval(values, seed=0)
    assert (interval.median, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_shifting_the_differences_shifts_the_interval() -> None:
    values = np.random.default_rng(5).normal(size=12)
    one, other = median_interval(values, seed=0), median_interval(values + 1, seed=0)
    assert other.low == pytest.approx(one.low + 1)
    assert other.high == pytest.approx(one.high + 1)


def test_refuses_no_differences() -> None:
    with pytest.raises(ValueError, match="no differences"):
        median_interval([], seed=0)
