"""The control of every attack: noise of the same norm that knows nothing of the model."""

import torch
from torch import Tensor

from robustseg.attacks.fgsm import along
from robustseg.attacks.request import Request
from robustseg.threat.threat_model import ThreatModel


def random_signs(
    image: Tensor,
    *,
    epsilon: float,
    generator: torch.Generator,
    threat_model: ThreatModel = ThreatModel(),
) -> Tensor:
    """Return ``X + epsilon * s`` within the threat model, each ``s`` a fair draw of -1 or 1.

    Args:
        image: clean float32 volumes ``(N, C, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        generator: a CPU generator, so that the draw is the same on every device.
        threat_model: reference of epsilon, clipping range, support.
    """
    draw = torch.randint(0, 2, image.shape, generator=generator, dtype=torch.int8)
    signs = (2 * draw - 1).to(image.device, image.dtype)
    direction = threat_model.direction(image, signs)
    return along(direction, image, epsilon=epsilon, threat_model=threat_model)


def craft(request: Request) -> Tensor:
    """Draw for an evaluation: every case from its own seed, whatever the batch it is in."""
    noisy = [
        random_signs(
            image[None],
            epsilon=request.epsilon,
            generator=torch.Generator().manual_seed(seed),
            threat_model=request.threat_model,
        )
        for image, seed in zip(request.image, request.seeds, strict=True)
    ]
    return torch.cat(noisy)
