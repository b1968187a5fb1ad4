"""Noise augmentation: uniform noise of a given radius, then the clean batch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg.defenses.undefended import Undefended
from robustseg.threat.gradient import Forward
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Noise(Undefended):
    """An update on ``X + r * peak * U(-1, 1)``, then one on ``X``.

    Attributes:
        radius: r, in the units of epsilon.
        threat_model: reference of the radius, clipping range and support.
    """

    radius: float
    threat_model: ThreatModel = ThreatModel()

    def updates(
        self, forward: Forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the noisy and the clean pair."""
        uniform = (2 * torch.rand(image.shape, generator=generator) - 1).to(image)
        yield self.threat_model.moved(image, uniform, epsilon=self.radius), target
        yield image, target
