"""Corrections of p-values for a family of comparisons."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def bonferroni(p_values: ArrayLike) -> NDArray[np.float64]:
    """Multiply every p-value of a family, shape ``(m,)``, by m, up to 1."""
    p = np.asarray(p_values, dtype=float)
    corrected: NDArray[np.float64] = np.minimum(p * p.size, 1.0)
    return corrected


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down correction of a family of p-values, shape ``(m,)`` (Holm 1979).

    The k-th smallest (from 0) is multiplied by ``m - k``; a corrected value is never smaller
    than that of a smaller p-value, nor above 1. Rejecting at ``<= alpha`` keeps the family-wise
    error rate at alpha whatever the dependence, and is never less powerful than Bonferroni's.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    corrected: NDArray[np.float64] = np.empty_like(p)
    stepped = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected
