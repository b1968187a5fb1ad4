"""Large logits: a softmax that is constant up to rounding hides the gradient of every loss."""

from typing import Any

import torch
from torch import Tensor

from robustseg.diagnostics.subject import Subject
from robustseg.threat.scale import ORDINARY_GAP, SATURATION, top2_gap

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EDGE = 0.01
"""Share of the logits' range that counts as its end."""


def saturation(subject: Subject) -> dict[str, Any]:
    """Measure the gap between the two largest logits of every voxel of the clean volumes.

    Above `SATURATION` = 16.6 a float32 softmax over two classes rounds to 1, and its derivative
    p (1 - p) to 0 (Carlini & Wagner 2016). An ordinarily trained network stays below in almost
    every voxel.

    Returns:
        ``saturated``: share of voxels above; ``gap_quantiles``: at 5, 25, 50, 75 and 95 %;
        ``hard``: every voxel has the same gap, as with labels in the place of logits.
    """
    gap = top2_gap(subject.logits(subject.image)).double().flatten()
    quantiles = torch.quantile(gap[:: max(len(gap) // 1_000_000, 1)], gap.new_tensor(QUANTILES))
    return {
        "saturated": (gap > SATURATION).double().mean().item(),
        "gap_quantiles": quantiles.tolist(),
        "hard": bool(gap.max() == gap.min()),
    }


def output(subject: Subject) -> dict[str, float]:
    """Measure the traces of a softmax, sigmoid or tanh before the logits.

    With z = T softmax(z') the sum over classes is T in every voxel, and most values are near 0 or
    T. There the inner function is as flat as a saturated softmax, and no division of the logits
    makes it steeper. Logits of an ordinary network have no common sum, and few of them are at the
    ends of their range.

    Returns:
        In units of the range of all logits of the clean volumes: ``sum_spread``, largest minus
        smallest sum over classes; ``lowest``, the smallest logit. ``low`` and ``high``: shares of
        the logits within `EDGE` of the smallest and the largest.
    """
    logits = subject.logits(subject.image).double()
    low, high = logits.min(), logits.max()
    extent = (high - low).clamp(min=1e-300)
    sums = logits.sum(1)
    return {
        "sum_spread": ((sums.max() - sums.min()) / extent).item(),
        "lowest": (low / extent).item(),
        "low": (logits <= low + EDGE * extent).double().mean().item(),
        "high": (logits >= high - EDGE * extent).double().mean().item(),
    }


def logit_scale(subject: Subject) -> dict[str, Any]:
    """Compare FGSM with FGSM on divided logits: ``sign(grad L(softmax(z / tau)))``.

    A division by a constant changes no decision, so it should not make an attack stronger
    (Carlini & Wagner 2016). The divisors tau are 1 (``plain``), the model's ``temperature``, the
    one that reduces the median gap to that of an ordinary network (``ordinary``; 1 if the gap is
    smaller), and the median gap (``gap``). The last one is a stronger attack on most networks, so
    it is not a sign of masking.

    Returns:
        The names of the ``regions``; for each divisor their mean Dice under attack, ``clean``
        without attack, and ``ordinary_tau``.
    """
    gap = subject.gap()
    ordinary = ordinary_scale(gap)
    scales = {"plain": 1.0, "temperature": subject.temperature, "ordinary": ordinary, "gap": gap}
    found: dict[str, Any] = {
        name: subject.dice(subject.fgsm(scale=scale)) for name, scale in scales.items()
    }
    return {
        "regions": list(subject.cohort.regions),
        "clean": subject.dice(subject.image),
        **found,
        "ordinary_tau": ordinary.median().item(),
    }


def ordinary_scale(gap: Tensor) -> Tensor:
    """Return the divisor that reduces median gaps to that of an ordinary network, at least 1."""
    return (gap / ORDINARY_GAP).clamp(min=1)
