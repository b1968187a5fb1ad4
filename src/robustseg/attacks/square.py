"""The Square attack (Andriushchenko et al. 2020) with cubes: random search, no gradient."""

import torch
from torch import Tensor

from robustseg.attacks.problem import Best, Problem
from robustseg.runtime.seeds import derive_seed

HALVINGS = (10, 50, 200, 1000, 2000, 4000, 6000, 8000)
"""Queries of 10,000 at which the share of voxels of a cube is halved, as in the paper."""


def share_of_voxels(query: int, queries: int, share: float) -> float:
    """Return the share of a volume that the cube of this query covers."""
    halvings = sum(query / queries * 10_000 > mark for mark in HALVINGS)
    return share * 0.5**halvings


def square(problem: Problem, *, queries: int, share: float = 0.1) -> Tensor:
    """Return the worst volume that a random search finds with forward passes alone, per case.

    It starts from random signs, constant along the first axis. Each query sets a cube at a random
    place, in every sequence, to plus or minus epsilon. The change is kept if it increases the
    objective.

    Args:
        problem: model, volumes, objective, threat model and seeds.
        queries: number of forward passes, including the one of the start.
        share: of the voxels in the first cubes.
    """
    image = problem.image
    best = Best(problem)
    sequences, *sides = image.shape[1:]
    signs = 2 * problem.draw(torch.rand, 0).round()[:, :, :1].expand_as(image) - 1
    change = signs.clone()

    here = problem.moved(change)
    logits = problem.logits(here)
    best.update(here, logits)
    value = problem.rank(logits)
    for query in range(1, queries):
        voxels = share_of_voxels(query, queries, share) * image[0, 0].numel()
        side = max(round(voxels ** (1 / 3)), 1)
        trial = change.clone()
        for case, seed in enumerate(problem.seeds):
            generator = torch.Generator().manual_seed(derive_seed(seed, query))
            x, y, z = (
                int(torch.randint(max(length - side, 0) + 1, (1,), generator=generator))
                for length in sides
            )
            sign = 2 * torch.randint(0, 2, (sequences, 1, 1, 1), generator=generator) - 1
            trial[case, :, x : x + side, y : y + side, z : z + side] = sign.to(image)
        there = problem.moved(trial)
        logits = problem.logits(there)
        best.update(there, logits)
        reached = problem.rank(logits)
        better = reached > value
        value = torch.where(better, reached, value)
        change = torch.where(better.view(-1, 1, 1, 1, 1), trial, change)
    return best.adversarial
