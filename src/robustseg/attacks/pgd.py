"""Projected gradient descent (Madry et al. 2018) with restarts and momentum (Dong et al. 2018)."""

import torch
from torch import Tensor

from robustseg.attacks.problem import Best, Problem, pose
from robustseg.attacks.request import OnIterate, Request
from robustseg.threat.inputs import check_radius

VOLUME = (1, 2, 3, 4)
TINY = torch.finfo(torch.float32).tiny


def pgd(
    problem: Problem,
    *,
    step_size: float,
    iterations: int,
    restarts: int = 1,
    momentum: float = 0,
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return the worst of all iterates ``X_k+1 = project(X_k + alpha * sign(g_k))``, per case.

    ``g_k = momentum * g_k-1 + grad / mean|grad|``: with momentum this is MI-FGSM, without it the
    gradient's own sign. The first descent starts at the clean volume, every further one at random
    in the ball: r restarts are the first r of any larger number, so more are never less.

    Args:
        problem: model, volumes, objective and threat model.
        step_size: alpha, in the units of epsilon.
        iterations: steps of a descent.
        restarts: number of descents, >= 1.
        momentum: the decay of the gradients' sum, >= 0.
        on_iterate: called after every step of the first descent.

    Raises:
        InputError: step_size is not in [0, 2].
    """
    check_radius(step_size, "step_size")
    best, threat_model, image = Best(problem), problem.threat_model, problem.image
    for restart in range(restarts):
        adversarial = problem.random_start(restart) if restart else image
        velocity = torch.zeros_like(image)
        for iteration in range(iterations):
            found = problem.slope(adversarial, progress=iteration / iterations)
            if iteration or restart:
                best.offer(adversarial, found.logits)
            if momentum:
                size = found.gradient.abs().mean(VOLUME, keepdim=True).clamp(min=TINY)
                velocity = momentum * velocity + found.gradient / size
            else:
                velocity = found.gradient
            direction = threat_model.direction(image, velocity)
            adversarial = problem.project(
                threat_model.step(adversarial, direction, image, size=step_size)
            )
            if on_iterate is not None and restart == 0:
                on_iterate(iteration + 1, adversarial)
        best.offer(adversarial)
    return best.adversarial


def craft(request: Request) -> Tensor:
    """Run PGD for an evaluation; the parameter ``relative_step`` is alpha / epsilon."""
    parameters = request.parameters
    return pgd(
        pose(request),
        step_size=parameters["relative_step"] * request.epsilon,
        iterations=parameters["iterations"],
        restarts=parameters.get("restarts", 1),
        momentum=parameters.get("momentum", 0),
    )
