"""Steps along the sign of a loss's gradient: what attacks and adversarial trainings share."""

from collections.abc import Callable

from torch import Tensor

from robustseg.threat.gradient import Forward, Loss, loss_gradient
from robustseg.threat.inputs import check_radius
from robustseg.threat.threat_model import ThreatModel


def signed_steps(
    model: Forward,
    image: Tensor,
    target: Tensor,
    *,
    epsilon: float,
    step_size: float,
    iterations: int,
    threat_model: ThreatModel,
    loss: Loss,
    ascend: bool = True,
    start: Tensor | None = None,
    temperature: float = 1,
    on_iterate: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """Return the last of ``X_k+1 = project(X_k +- alpha * sign(grad loss(X_k, target)))``.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: clean volumes ``(N, C, D, H, W)``.
        target: class indices ``(N, D, H, W)`` or soft labels ``(N, classes, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        step_size: alpha, in the units of epsilon.
        iterations: number of steps.
        threat_model: reference of epsilon, clipping range, support.
        loss: of ``softmax(logits / temperature)`` and the target, one value a case.
        ascend: increase the loss; else decrease it.
        start: X_0 within the ball; the clean volumes where None.
        temperature: divisor of the logits.
        on_iterate: called with the iteration (from 1) and the iterate.

    Raises:
        InputError: as `loss_gradient`, or a radius is not in [0, 2].
    """
    check_radius(epsilon)
    check_radius(step_size, "step_size")
    adversarial = image if start is None else start
    for iteration in range(1, iterations + 1):
        gradient = loss_gradient(model, adversarial, target, loss=loss, temperature=temperature)
        direction = threat_model.direction(image, gradient if ascend else -gradient)
        adversarial = threat_model.step(adversarial, direction, image, size=step_size)
        adversarial = threat_model.project(adversarial, image, epsilon=epsilon)
        if on_iterate is not None:
            on_iterate(iteration, adversarial)
    return adversarial
