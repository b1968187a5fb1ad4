"""Median of paired differences with a bootstrap confidence interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """A median and the ends of its 95 % confidence interval, in the unit of the differences."""

    median: float
    low: float
    high: float


def median_interval(differences: ArrayLike, *, seed: int) -> Interval:
    """Return the median of ``differences``, shape ``(n,)``, with its 95 % percentile interval.

    Cases are drawn with replacement 2000 times (Efron 1979). Differences are drawn, so pairs stay
    together. Equal seeds give equal intervals.

    Raises:
        ValueError: no difference is given.
    """
    values = np.asarray(differences, dtype=float)
    if values.size == 0:
        raise ValueError("the median of no differences does not exist")
    draws = np.random.default_rng(seed).integers(values.size, size=(RESAMPLES, values.size))
    low, high = np.percentile(np.median(values[draws], axis=1), (2.5, 97.5))
    return Interval(float(np.median(values)), float(low), float(high))
