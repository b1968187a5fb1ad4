"""Iterative FGSM and its targeted form (Kurakin et al. 2017) with a segmentation loss."""

from torch import Tensor

from robustseg.attacks.problem import Problem
from robustseg.attacks.signed_steps import OnIterate
from robustseg.runtime.errors import InputError
from robustseg.threat.inputs import check_radius


def i_fgsm(
    problem: Problem,
    *,
    step_size: float = 0.005,
    iterations: int = 10,
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return the last of ``X_k+1 = project(X_k + alpha * sign(grad objective(X_k)))``.

    Args:
        problem: model, volumes, objective and threat model.
        step_size: alpha, in the units of epsilon.
        iterations: number of steps.
        on_iterate: called after every step.

    Raises:
        InputError: as `robustseg.attacks.fgsm.fgsm`, or step_size is not in [0, 2].
    """
    check_radius(step_size, "step_size")
    return problem.steps(step_size=step_size, iterations=iterations, on_iterate=on_iterate)


def ti_fgsm(
    problem: Problem,
    *,
    step_size: float = 0.005,
    iterations: int = 10,
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return i-FGSM towards a wanted segmentation: ``X_k - alpha * sign(grad loss(X_k))``.

    Args:
        problem: with ``targeted``, and the wanted segmentation as ``target``.
        step_size: alpha, in the units of epsilon.
        iterations: number of steps.
        on_iterate: called after every step.

    Raises:
        InputError: as `i_fgsm`, or the problem is not targeted.
    """
    if not problem.targeted:
        raise InputError("ti-fgsm wants a segmentation: give the problem a target and targeted")
    return i_fgsm(problem, step_size=step_size, iterations=iterations, on_iterate=on_iterate)
