"""The Fast Gradient Sign Method (Goodfellow et al. 2015) with a segmentation loss."""

from torch import Tensor, nn

from robustseg.attacks.problem import pose
from robustseg.attacks.request import Request
from robustseg.models.losses import DiceLoss
from robustseg.threat.gradient import Loss, loss_gradient
from robustseg.threat.inputs import check_inputs, check_labels, check_radius
from robustseg.threat.threat_model import ThreatModel


def fgsm_direction(
    model: nn.Module,
    image: Tensor,
    target: Tensor,
    *,
    threat_model: ThreatModel = ThreatModel(),
    loss: Loss = DiceLoss(),
) -> Tensor:
    """Return ``sign(grad_X loss(X))`` in {-1, 0, 1}: the same for every epsilon.

    Args, shapes and errors are those of `fgsm`.
    """
    check_labels(target, image)
    return threat_model.direction(image, loss_gradient(model, image, target, loss=loss))


def along(direction: Tensor, image: Tensor, *, epsilon: float, threat_model: ThreatModel) -> Tensor:
    """Return ``X + epsilon * direction`` within the threat model.

    Raises:
        InputError: epsilon is not in [0, 2].
    """
    check_radius(epsilon)
    moved = threat_model.step(image, direction, image, size=epsilon)
    return threat_model.project(moved, image, epsilon=epsilon)


def fgsm(
    model: nn.Module,
    image: Tensor,
    target: Tensor,
    *,
    epsilon: float,
    threat_model: ThreatModel = ThreatModel(),
    loss: Loss = DiceLoss(),
) -> Tensor:
    """Return ``X + epsilon * sign(grad_X loss(X, target))`` within the threat model.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``, of any intensity range.
        target: true class indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        threat_model: reference of epsilon, clipping range, support.
        loss: the loss to increase, one value a case.

    Raises:
        InputError: as `loss_gradient`, or epsilon is not in [0, 2].
    """
    check_inputs(model, image, target, epsilon=epsilon)
    direction = fgsm_direction(model, image, target, threat_model=threat_model, loss=loss)
    return along(direction, image, epsilon=epsilon, threat_model=threat_model)


def direct(request: Request) -> Tensor:
    """Return the direction for an evaluation: of the objective and scale that it asks for."""
    problem = pose(request)
    return problem.threat_model.direction(problem.image, problem.slope(problem.image).gradient)


def craft(request: Request) -> Tensor:
    """Run the attack for an evaluation, along the stored direction where there is one."""
    direction = direct(request) if request.direction is None else request.direction
    return along(
        direction, request.image, epsilon=request.epsilon, threat_model=request.threat_model
    )


def craft_flipped(request: Request) -> Tensor:
    """Run FGSM backwards, a control: the step that should make the segmentation better."""
    direction = direct(request) if request.direction is None else request.direction
    return along(
        -direction, request.image, epsilon=request.epsilon, threat_model=request.threat_model
    )
