"""Adversarial training with PGD (Madry et al. 2018): the PGD batch, then the clean batch."""

from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg.attacks.signed_steps import signed_steps
from robustseg.defenses.adversarial import Adversarial
from robustseg.threat.gradient import Forward


@dataclass(frozen=True, kw_only=True)
class PGD(Adversarial):
    """An update on the last iterate of PGD on the current network, then one on ``X``.

    Attributes:
        steps: of PGD, >= 1.
        relative_step: PGD's step size, in units of epsilon.
        random_start: start at a random point, uniform in the ball, instead of ``X``.
    """

    steps: int
    relative_step: float
    random_start: bool = True

    def attacked(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Tensor:
        """Return PGD's batch."""
        start = None
        if self.random_start:
            uniform = (2 * torch.rand(image.shape, generator=generator) - 1).to(image)
            start = self.threat_model.moved(image, uniform, epsilon=self.epsilon)
        return signed_steps(
            self.gradient(forward, target),
            image,
            start=start,
            epsilon=self.epsilon,
            step_size=self.relative_step * self.epsilon,
            iterations=self.steps,
            threat_model=self.threat_model,
        )
