"""The Fast Gradient Sign Method (Goodfellow et al. 2015) with a segmentation loss."""

from torch import Tensor

from robustseg.attacks.problem import Problem


def fgsm(problem: Problem) -> Tensor:
    """Return ``X + epsilon * sign(grad_X objective(X))`` within the threat model.

    Args:
        problem: model, volumes, objective and threat model.

    Raises:
        InputError: as `robustseg.threat.gradient.value_and_gradient`.
    """
    return problem.steps(step_size=problem.epsilon, iterations=1)


def flipped_fgsm(problem: Problem) -> Tensor:
    """Return FGSM's step backwards, a control that should improve the segmentation.

    Arguments and errors are those of `fgsm`.
    """
    return problem.steps(step_size=-problem.epsilon, iterations=1)
