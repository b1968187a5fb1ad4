"""Steps along the sign of a gradient: the one loop of all gradient attacks and trainings."""

from collections.abc import Callable

import torch
from torch import Tensor

from robustseg.threat.gradient import ValueAndGradient
from robustseg.threat.threat_model import ThreatModel

Gradient = Callable[[Tensor, float], ValueAndGradient]
"""Takes an iterate ``(N, C, D, H, W)`` and the progress from 0 towards 1."""

OnIterate = Callable[[int, Tensor], None]
"""Called with the iteration (from 1) and the iterate ``(N, C, D, H, W)``."""

VOLUME = (1, 2, 3, 4)
TINY = torch.finfo(torch.float32).tiny


def signed_steps(
    gradient: Gradient,
    image: Tensor,
    *,
    epsilon: float,
    step_size: float,
    iterations: int,
    threat_model: ThreatModel,
    start: Tensor | None = None,
    momentum: float = 0,
    on_gradient: Callable[[Tensor, ValueAndGradient], object] | None = None,
    on_iterate: OnIterate | None = None,
) -> Tensor:
    """Return the last of ``X_k+1 = project(X_k + alpha * sign(g_k))``.

    ``g_k = momentum * g_k-1 + grad / mean|grad|`` with momentum (MI-FGSM, Dong et al. 2018), else
    the gradient itself. One step of size epsilon from the clean volume is FGSM.

    Args:
        gradient: of the function to increase.
        image: clean volumes ``(N, C, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        step_size: alpha, in the units of epsilon; a negative one decreases the function.
        iterations: number of steps.
        threat_model: reference of epsilon, clipping range, support.
        start: X_0 within the ball; the clean volumes where None.
        momentum: decay of the sum of gradients, >= 0.
        on_gradient: called at every iterate before its step.
        on_iterate: called after every step.
    """
    adversarial = image if start is None else start
    velocity = torch.zeros_like(image)
    for iteration in range(iterations):
        found = gradient(adversarial, iteration / iterations)
        if on_gradient is not None:
            on_gradient(adversarial, found)
        if momentum:
            size = found.gradient.abs().mean(VOLUME, keepdim=True).clamp(min=TINY)
            velocity = momentum * velocity + found.gradient / size
        else:
            velocity = found.gradient
        direction = threat_model.direction(image, velocity)
        adversarial = threat_model.step(adversarial, direction, image, size=step_size)
        adversarial = threat_model.project(adversarial, image, epsilon=epsilon)
        if on_iterate is not None:
            on_iterate(iteration + 1, adversarial)
    return adversarial
