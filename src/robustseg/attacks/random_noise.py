"""The controls of every attack: noise of the same norm that knows nothing of the model."""

from collections.abc import Callable

import torch
from torch import Tensor

from robustseg.attacks.fgsm import along
from robustseg.attacks.problem import Best, pose
from robustseg.attacks.request import Request
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.threat_model import ThreatModel

Noise = Callable[..., Tensor]


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


def random_uniform(
    image: Tensor,
    *,
    epsilon: float,
    generator: torch.Generator,
    threat_model: ThreatModel = ThreatModel(),
) -> Tensor:
    """Return ``X + epsilon * u`` within the threat model, each ``u`` uniform in [-1, 1].

    Arguments are those of `random_signs`.
    """
    uniform = (2 * torch.rand(image.shape, generator=generator) - 1).to(image)
    change = threat_model.restrict(uniform, image)
    return along(change, image, epsilon=epsilon, threat_model=threat_model)


def _craft(request: Request, noise: Noise) -> Tensor:
    # Every case from its own seed, whatever the batch it is in; the first draw from the seed
    # itself, so that one draw is the first of many.
    def drawn(number: int) -> Tensor:
        seeds = [derive_seed(seed, number) if number else seed for seed in request.seeds]
        volumes = [
            noise(
                image[None],
                epsilon=request.epsilon,
                generator=torch.Generator().manual_seed(seed),
                threat_model=request.threat_model,
            )
            for image, seed in zip(request.image, seeds, strict=True)
        ]
        return torch.cat(volumes)

    draws = request.parameters.get("draws", 1)
    if draws == 1:
        return drawn(0)
    best = Best(pose(request))
    for number in range(draws):
        best.offer(drawn(number))
    return best.adversarial


def craft_signs(request: Request) -> Tensor:
    """Draw signs for an evaluation: of the parameter ``draws`` (1) the worst for each case."""
    return _craft(request, random_signs)


def craft_uniform(request: Request) -> Tensor:
    """Draw uniform noise for an evaluation: of ``draws`` (1) the worst for each case."""
    return _craft(request, random_uniform)
