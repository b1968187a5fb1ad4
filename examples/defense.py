"""A defense of one's own: adversarial training whose radius is drawn anew for every batch.

In a configuration:

    plugins: [examples/defense.py]
    models:
      - {name: undefended, defense: undefended}
      - {name: any-epsilon, defense: "defense:AnyEpsilon", epsilon: 0.05}
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from robustseg import ThreatModel, Undefended


@dataclass(frozen=True, kw_only=True)
class AnyEpsilon(Undefended):
    """FGSM with a radius drawn from [0, epsilon], then the clean batch.

    The fields are the keys of the model's entry. `threat_model`, `loss`, `temperature` and
    `teacher` are given where a defense declares them.
    """

    epsilon: float
    threat_model: ThreatModel

    def updates(
        self, forward, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the adversarial and the clean pair (see `Undefended.updates`)."""
        radius = self.epsilon * torch.rand(1, generator=generator).item()
        with torch.enable_grad():
            variable = image.detach().requires_grad_(True)
            loss = -(target * forward(variable).log_softmax(1)).mean()
            (gradient,) = torch.autograd.grad(loss, variable)
        yield self.threat_model.moved(image, gradient.sign(), epsilon=radius), target
        yield image, target
