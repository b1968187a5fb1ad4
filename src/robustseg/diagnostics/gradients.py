"""Tests whether the gradient exists and predicts the changes of the loss."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from robustseg.diagnostics.subject import Subject

DRAWS = 16
RADIUS = 0.1
"""Step of finite differences, in units of epsilon."""
RADII = (0.25, 0.5, 1.0)
"""Radii of the ray, in units of epsilon."""
MOST, TINY = 1e9, 1e-30


def zero_gradient(subject: Subject) -> dict[str, float]:
    """Count the voxels whose gradient of the study's loss is exactly zero.

    An attack along signs does not change these voxels. A zero in float32 but not in float64 is due
    to rounding, as in a saturated softmax. A zero in both means that the network passes no gradient
    back. The network may simply not depend on these voxels, so ``effect`` measures how much they
    matter: the change of the loss by random signs of size epsilon in these voxels, as a share of
    the change by random signs everywhere (logits divided by their median gap, mean magnitude over
    cases).

    Returns:
        ``float32``, ``float64``: shares of voxels of the support; ``effect``.
    """
    shares, zero = {}, torch.zeros_like(subject.image, dtype=torch.bool)
    for name, examined in (("float32", subject), ("float64", subject.in_float64())):
        gradient = examined.problem().value_and_gradient(examined.image).gradient
        shares[name] = (gradient == 0).double().mean().item()
        zero = gradient == 0 if name == "float32" else zero
    problem = subject.problem(scale=subject.gap())
    signs = 2 * problem.draw(torch.rand, 0).round() - 1

    def change(direction: Tensor) -> float:
        moved = problem.value(subject.logits(subject.along(direction)))
        return (moved - problem.value(subject.logits(subject.image))).abs().mean().item()

    everywhere, alone = change(signs), change(signs * zero)
    return {**shares, "effect": alone / everywhere if everywhere > 0 else 0.0}


def finite_differences(subject: Subject) -> dict[str, float]:
    """Compare the gradient g with central differences of the loss V along random signs d_k.

    ``D_k = (V(x + h d_k) - V(x - h d_k)) / 2h`` is SPSA's estimate (Spall 1992) of ``g . d_k``;
    h is a tenth of epsilon, and V is the loss on logits divided by their median gap. ``cosine``
    compares the two vectors over k. It is 1 for a true gradient, and near 0 for a shattered one or
    for one of another function. ``nonlinearity`` is
    ``|V(x + e) - V(x) - g . e| / |g . e|`` for e = h sign(g), the curvature on that scale.

    Returns:
        ``cosine`` and ``nonlinearity``, medians over cases; the cosine is 0 without a gradient.
    """
    problem, threat_model = subject.problem(scale=subject.gap()), subject.threat_model
    h = RADIUS * subject.epsilon * threat_model.peak(subject.image)
    found = problem.value_and_gradient(subject.image)

    def value(volumes: Tensor) -> Tensor:
        return problem.value(subject.logits(volumes)).double()

    def product(direction: Tensor) -> Tensor:
        return (found.gradient.double() * h * direction).flatten(1).sum(1)

    expected, measured = [], []
    for number in range(DRAWS):
        signs = 2 * problem.draw(torch.rand, number).round() - 1
        signs = threat_model.restrict(signs, subject.image)
        ahead, behind = value(subject.image + h * signs), value(subject.image - h * signs)
        measured.append((ahead - behind) / 2)
        expected.append(product(signs))
    a, b = torch.stack(expected), torch.stack(measured)
    norms = a.norm(dim=0) * b.norm(dim=0)
    cosine = torch.where(norms > 0, (a * b).sum(0) / norms.clamp(min=1e-300), 0.0)
    direction = found.gradient.sign()
    slope = product(direction)
    error = (value(subject.image + h * direction) - found.value.double() - slope).abs()
    nonlinearity = torch.where(slope > 0, error / slope.clamp(min=1e-300), torch.inf)
    return {
        "cosine": cosine.median().item(),
        "nonlinearity": min(nonlinearity.median().item(), 1e9),
    }


def ray(subject: Subject) -> dict[str, Any]:
    """Measure the loss along its gradient, from the clean volume to the end of FGSM's step.

    If the network folds its input, a gradient can be right at the clean volume and wrong within the
    radius. Attacks with long steps then miss the worst case. For an ordinary network, the loss
    keeps rising, about in proportion to the distance. The logits are divided by their median gap.

    Returns:
        ``radii``: in units of epsilon, each twice the previous one; ``rise``: of the loss, medians
        over cases; ``growth``: the least ratio of the rises at two successive radii, medians over
        cases, between 0 (the loss falls) and ``MOST`` (it does not change).
    """
    problem = subject.problem(scale=subject.gap())
    found = problem.value_and_gradient(subject.image)
    direction = subject.threat_model.direction(subject.image, found.gradient)
    rises = [
        problem.value(subject.logits(subject.along(radius * direction))) - found.value
        for radius in RADII
    ]
    ratios = [
        torch.where(near > 0, far / near.clamp(min=TINY), torch.where(near < 0, 0.0, MOST))
        for near, far in pairwise(rises)
    ]
    growth = torch.stack([ratio.clamp(0, MOST).median() for ratio in ratios])
    return {
        "radii": list(RADII),
        "rise": [rise.median().item() for rise in rises],
        "growth": growth.min().item(),
    }
