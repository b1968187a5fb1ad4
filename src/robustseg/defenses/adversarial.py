"""Adversarial training (Goodfellow et al. 2015): the FGSM batch, then the clean batch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg.defenses.overfitting import robust_dice
from robustseg.defenses.undefended import Cases, Undefended
from robustseg.models.losses import DiceLoss
from robustseg.threat.gradient import Forward, Loss, loss_gradient
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Adversarial(Undefended):
    """An update on ``X + epsilon * sign(grad loss)`` of the current network, then one on ``X``.

    Attributes:
        epsilon: radius as a fraction of the threat model's peak.
        threat_model: reference of epsilon, clipping range and support.
        loss: the loss that the training minimises.
    """

    epsilon: float
    threat_model: ThreatModel = ThreatModel()
    loss: Loss = DiceLoss()

    def updates(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the adversarial and the clean pair."""
        gradient = loss_gradient(
            forward, image, target, loss=self.loss, temperature=self.temperature
        )
        direction = self.threat_model.direction(image, gradient)
        moved = self.threat_model.step(image, direction, image, size=self.epsilon)
        yield self.threat_model.project(moved, image, epsilon=self.epsilon), target
        yield image, target

    def monitor(self, forward: Forward, cases: Cases) -> dict[str, float]:
        """Return the Dice under FGSM and PGD, as `robust_dice`."""
        image, target = cases()
        return robust_dice(
            forward,
            image,
            target,
            epsilon=self.epsilon,
            threat_model=self.threat_model,
            loss=self.loss,
            temperature=self.temperature,
        )
