"""Auto-PGD (Croce & Hein 2020), and SEA (Croce et al. 2024), which uses it."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import torch
from torch import Tensor

from robustseg.attacks.problem import Best, Problem
from robustseg.threat.objectives import (
    BalancedMaskedCrossEntropy,
    JensenShannon,
    MaskedCrossEntropy,
    Objective,
)

MOMENTUM = 0.75
PROGRESS = 0.75
"""rho: the share of steps that must have risen to keep the step size."""

RADII = (2.0, 1.5, 1.0)
WIDE = 0.3
"""SEA's radii in units of epsilon; each but the last has this share of the iterations."""

SEA_LOSSES = (JensenShannon(), MaskedCrossEntropy(), BalancedMaskedCrossEntropy())


def checkpoints(iterations: int) -> list[int]:
    """Return the iterations at which the step size may be halved.

    ``w_j = ceil(p_j * iterations)`` with ``p_0 = 0``, ``p_1 = 0.22`` and
    ``p_j+1 = p_j + max(p_j - p_j-1 - 0.03, 0.06)``.
    """
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return [ceil(round(share * iterations, 9)) for share in shares if share <= 1]


def apgd(problem: Problem, *, iterations: int) -> Tensor:
    """Return the worst of Auto-PGD's iterates, per case.

    ``Z = P(X_k + eta sign(g_k))``, ``X_k+1 = P(X_k + a (Z - X_k) + (1 - a)(X_k - X_k-1))`` with
    a = 0.75. The step eta starts at 2 epsilon. A checkpoint halves it and returns the search to its
    best point if fewer than three quarters of the steps since the last checkpoint have risen, or if
    neither eta nor the best value has changed since then. This is the rule of the paper. The
    paper's code also halves if exactly three quarters have risen. `Problem.rank` compares values.
    The search starts at the clean volume.

    Args:
        problem: model, volumes, objective and threat model.
        iterations: number of steps, >= 1.
    """
    best = Best(problem)
    _descend(problem, problem.image, iterations=iterations, factor=1, best=best)
    return best.adversarial


def sea(problem: Problem, *, iterations: int, losses: Sequence[Objective] = SEA_LOSSES) -> Tensor:
    """Return the worst of SEA's iterates, per case.

    SEA runs Auto-PGD on each of the losses, in balls of radius 2 epsilon, 1.5 epsilon and epsilon.
    Each ball starts from the point with the highest value in the previous one. Only the iterates of
    the last ball count.

    Args:
        problem: model, volumes and threat model; its objective is replaced.
        iterations: total number of steps for each loss, over all three balls.
        losses: objectives, in their order.
    """
    best, wide = Best(problem), max(round(WIDE * iterations), 1)
    lengths = (wide, wide, max(iterations - 2 * wide, 1))
    for objective in losses:
        posed = replace(problem, objective=objective)
        start = problem.image
        for factor, length in zip(RADII, lengths, strict=True):
            start = _descend(
                posed,
                posed.project(start, factor=factor),
                iterations=length,
                factor=factor,
                best=best if factor == 1 else None,
            )
    return best.adversarial


def _descend(
    problem: Problem, start: Tensor, *, iterations: int, factor: float, best: Best | None
) -> Tensor:
    """Run Auto-PGD in a ball of ``factor * epsilon``; return the points of the highest value."""
    image, threat_model, marks = problem.image, problem.threat_model, checkpoints(iterations)

    def wide(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1, 1, 1)

    found = problem.value_and_gradient(start)
    if best is not None:
        best.update(start, found.logits)
    here, before, gradient = start, start, found.gradient
    value = top_value = marked_value = problem.rank(found.logits)
    top, top_gradient = start, found.gradient
    step = torch.full_like(value, 2 * factor * problem.epsilon)
    rises, halved = torch.zeros_like(step), torch.zeros_like(step, dtype=torch.bool)
    for iteration in range(1, iterations + 1):
        direction = threat_model.direction(image, gradient)
        ahead = here + wide(step) * threat_model.peak(image) * direction
        ahead = problem.project(ahead, factor=factor)
        share = MOMENTUM if iteration > 1 else 1.0
        moved = here + share * (ahead - here) + (1 - share) * (here - before)
        here, before = problem.project(moved, factor=factor), here
        found = problem.value_and_gradient(here, progress=iteration / iterations)
        if best is not None:
            best.update(here, found.logits)
        reached = problem.rank(found.logits)
        rises += reached > value
        value, gradient = reached, found.gradient
        higher = value > top_value
        top_value = torch.where(higher, value, top_value)
        top = torch.where(wide(higher), here, top)
        top_gradient = torch.where(wide(higher), gradient, top_gradient)
        if iteration in marks:
            length = iteration - marks[marks.index(iteration) - 1]
            stuck = ~halved & (top_value <= marked_value)
            halved = (rises < PROGRESS * length) | stuck
            step = torch.where(halved, step / 2, step)
            here = torch.where(wide(halved), top, here)
            gradient = torch.where(wide(halved), top_gradient, gradient)
            value = torch.where(halved, top_value, value)
            rises, marked_value = torch.zeros_like(rises), top_value
    return top
