"""Projected gradient descent (Madry et al. 2018) with restarts and momentum (Dong et al. 2018)."""

from torch import Tensor

from robustseg.attacks.problem import Best, Problem
from robustseg.threat.inputs import check_radius


def pgd(
    problem: Problem,
    *,
    relative_step: float,
    iterations: int,
    restarts: int = 1,
    momentum: float = 0,
) -> Tensor:
    """Return the worst of all iterates of `robustseg.attacks.signed_steps.signed_steps`, per case.

    The first descent starts at the clean volume, and every further one at a random point of the
    ball. The descents of a smaller number of restarts are the first ones of any larger number, so
    more restarts are never weaker.

    Args:
        problem: model, volumes, objective and threat model; seeds where there are restarts.
        relative_step: step size alpha / epsilon.
        iterations: steps of a descent.
        restarts: number of descents, >= 1.
        momentum: the decay of the sum of gradients, >= 0; 1 is MI-FGSM's.

    Raises:
        InputError: as `robustseg.attacks.fgsm.fgsm`, or alpha is not in [0, 2].
    """
    step_size = relative_step * problem.epsilon
    check_radius(step_size, "the step size")
    best = Best(problem)
    for restart in range(restarts):
        last = problem.steps(
            start=problem.random_start(restart) if restart else None,
            step_size=step_size,
            iterations=iterations,
            momentum=momentum,
            on_gradient=lambda iterate, found: best.update(iterate, found.logits),
        )
        best.update(last)
    return best.adversarial
