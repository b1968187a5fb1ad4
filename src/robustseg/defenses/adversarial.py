"""Adversarial training (Goodfellow et al. 2015): the FGSM batch, then the clean batch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg.attacks.signed_steps import Gradient, signed_steps
from robustseg.defenses.overfitting import robust_dice
from robustseg.defenses.undefended import Cases, Undefended
from robustseg.models.losses import DiceLoss
from robustseg.threat.gradient import Forward, Loss, loss_and_gradient
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Adversarial(Undefended):
    """An update on ``X + epsilon * sign(grad loss)`` of the current network, then one on ``X``.

    Attributes:
        epsilon: radius as a fraction of the threat model's peak.
        threat_model: reference of epsilon, clipping range and support.
        loss: the loss that the training minimizes.
    """

    epsilon: float
    threat_model: ThreatModel = ThreatModel()
    loss: Loss = DiceLoss()

    def gradient(self, forward: Forward, target: Tensor) -> Gradient:
        """Return the gradient of the training loss, which attacks in the training follow."""
        return lambda iterate, progress: loss_and_gradient(
            forward, iterate, target, loss=self.loss, temperature=self.temperature
        )

    def attacked(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Tensor:
        """Return the adversarial batch of FGSM. Arguments are those of `updates`."""
        return signed_steps(
            self.gradient(forward, target),
            image,
            epsilon=self.epsilon,
            step_size=self.epsilon,
            iterations=1,
            threat_model=self.threat_model,
        )

    def updates(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the adversarial and the clean pair."""
        yield self.attacked(forward, image, target, generator=generator), target
        yield image, target

    def monitor(self, forward: Forward, cases: Cases) -> dict[str, float]:
        """Return the Dice under FGSM and PGD, as `robust_dice`."""
        image, target = cases()
        return robust_dice(
            forward,
            image,
            target,
            gradient=self.gradient(forward, target),
            epsilon=self.epsilon,
            threat_model=self.threat_model,
        )
