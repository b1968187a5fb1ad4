"""torchattacks and foolbox on a segmentation loss, through the interfaces that they offer.

Both make the attacked volumes of one sweep: FGSM at all epsilons, then i-FGSM at one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torchattacks
from eagerpy.astensor import astensor
from foolbox.attacks.basic_iterative_method import LinfBasicIterativeAttack
from foolbox.attacks.fast_gradient_method import LinfFastGradientAttack
from foolbox.criteria import Misclassification
from foolbox.models.pytorch import PyTorchModel
from torch import Tensor, nn

from robustseg.models.losses import DiceLoss, one_hot

LOSS = DiceLoss()


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """FGSM at all `epsilons`, and i-FGSM at `epsilon` with `steps` of `step_size`."""

    epsilons: Sequence[float]
    epsilon: float
    step_size: float
    steps: int


class UnitRange(nn.Module):
    """Images in [0, 1] to two logits whose cross-entropy with class 0 is the Dice loss L.

    torchattacks knows images in [0, 1] and the cross-entropy only: log(1 + exp(log(exp(L) - 1)))
    is L.
    """

    def __init__(self, network: nn.Module, labels: Tensor, low: Tensor, width: Tensor) -> None:
        """Wrap ``network`` for volumes from ``low`` to ``low + width`` with these ``labels``."""
        super().__init__()
        self.network, self.target, self.low, self.width = network, one_hot(labels, 4), low, width

    def forward(self, images: Tensor) -> Tensor:
        """Return logits ``(N, 2)``."""
        loss = LOSS(self.network(images * self.width + self.low).softmax(1), self.target)
        return torch.stack([torch.zeros_like(loss), loss.expm1().log()], dim=1)


class DiceObjective:
    """foolbox's hook for the loss."""

    def get_loss_fn(self, model: Any, labels: Any) -> Callable[[Any], Any]:
        """Return the Dice loss of foolbox's tensors."""
        target = one_hot(labels.raw, 4)
        return lambda inputs: astensor(LOSS(model(inputs).raw.softmax(1), target).sum())


class FoolboxFGSM(DiceObjective, LinfFastGradientAttack):
    """foolbox's FGSM on the Dice loss."""


class FoolboxBIM(DiceObjective, LinfBasicIterativeAttack):
    """foolbox's basic iterative method on the Dice loss."""


def with_torchattacks(
    network: nn.Module, image: Tensor, labels: Tensor, sweep: Sweep
) -> list[Tensor]:
    """Attack one volume with torchattacks."""
    low, width = image.min(), image.max() - image.min()
    unit = float(image.abs().max() / width)
    model, nothing = UnitRange(network, labels, low, width).eval(), torch.zeros(1).long()
    attacks = [torchattacks.FGSM(model, eps=epsilon * unit) for epsilon in sweep.epsilons]
    attacks.append(
        torchattacks.BIM(
            model, eps=sweep.epsilon * unit, alpha=sweep.step_size * unit, steps=sweep.steps
        )
    )
    return [attack((image - low) / width, nothing) * width + low for attack in attacks]


def with_foolbox(network: nn.Module, image: Tensor, labels: Tensor, sweep: Sweep) -> list[Tensor]:
    """Attack one volume with foolbox, without its own test of success: another forward pass."""
    model = PyTorchModel(network, bounds=(float(image.min()), float(image.max())))
    peak, truth = float(image.abs().max()), Misclassification(labels)
    fgsm = FoolboxFGSM()
    volumes = [fgsm.run(model, image, truth, epsilon=eps * peak) for eps in sweep.epsilons]
    bim = FoolboxBIM(abs_stepsize=sweep.step_size * peak, steps=sweep.steps, random_start=False)
    return [*volumes, bim.run(model, image, truth, epsilon=sweep.epsilon * peak)]
