"""The controls of every attack: noise of the same norm, made without the model."""

from collections.abc import Callable

import torch
from torch import Tensor

from robustseg.attacks.problem import Best, Problem


def random_signs(problem: Problem, *, draws: int = 1) -> Tensor:
    """Return ``X + epsilon * s`` within the threat model, each ``s`` a fair draw of -1 or 1.

    Args:
        problem: volumes, threat model and seeds; the model where there are several draws.
        draws: number of draws; the worst one per case is returned. A single draw is the first of
            any larger number.

    Raises:
        InputError: there is not one seed per case.
    """
    return _worst(problem, draws, lambda number: 2 * problem.draw(_bits, number) - 1)


def random_uniform(problem: Problem, *, draws: int = 1) -> Tensor:
    """Return ``X + epsilon * u`` within the threat model, each ``u`` uniform in [-1, 1].

    Arguments and errors are those of `random_signs`.
    """
    return _worst(problem, draws, lambda number: 2 * problem.draw(torch.rand, number) - 1)


def _bits(shape: torch.Size, *, generator: torch.Generator) -> Tensor:
    return torch.randint(0, 2, shape, generator=generator, dtype=torch.int8)


def _worst(problem: Problem, draws: int, noise: Callable[[int], Tensor]) -> Tensor:
    if draws == 1:
        return problem.moved(noise(0))
    best = Best(problem)
    for number in range(draws):
        best.update(problem.moved(noise(number)))
    return best.adversarial
