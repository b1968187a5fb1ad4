"""The sweep of `benchmarks/attacks.py`: volumes one at a time, or as the library."""

from collections.abc import Callable
from functools import partial

import torch
from adapters import LOSS, Sweep
from torch import Tensor, nn

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm
from robustseg.attacks.problem import Problem
from robustseg.data.cohort import BRATS
from robustseg.evaluation.evaluation import predict
from robustseg.metrics.dice import dice
from robustseg.models.device import portions
from robustseg.threat.objectives import Dice
from robustseg.threat.threat_model import ThreatModel

SWEEP = Sweep(
    epsilons=[number / 100 for number in range(1, 11)], epsilon=0.05, step_size=0.005, steps=10
)
THREAT_MODEL = ThreatModel(reference="volume", clip="volume")

Attack = Callable[[nn.Module, Tensor, Tensor, Sweep], list[Tensor]]
Swept = tuple[Tensor, Tensor]
"""Attacked volumes ``(11, N, C, D, H, W)``, FGSM's then i-FGSM's; their Dice ``(11, N, 3)``."""


def regions(network: nn.Module, volume: Tensor, labels: Tensor) -> Tensor:
    """Return the Dice coefficients ``(N, 3)`` of the network's segmentation."""
    prediction = predict(network, volume, classes=len(BRATS.classes))
    return torch.stack([dice(prediction, labels, classes) for classes in BRATS.regions.values()], 1)


def one_by_one(attack: Attack, network: nn.Module, image: Tensor, labels: Tensor) -> Swept:
    """Sweep the volumes one at a time."""
    volumes, scores = [], []
    for case, truth in portions(image, labels, size=1):
        attacked = attack(network, case, truth, SWEEP)
        volumes.append(torch.stack(attacked))
        scores.append(torch.stack([regions(network, volume, truth) for volume in attacked]))
    return torch.cat(volumes, 1), torch.cat(scores, 1)


def with_library(network: nn.Module, image: Tensor, labels: Tensor, *, size: int) -> Swept:
    """Sweep the volumes as the rule evaluate does, ``size`` at a time."""
    steps = partial(i_fgsm, step_size=SWEEP.step_size, iterations=SWEEP.steps)
    attacks: list[tuple[Callable[[Problem], Tensor], float]] = [
        *((fgsm, epsilon) for epsilon in SWEEP.epsilons),
        (steps, SWEEP.epsilon),
    ]
    volumes, scores = [], []
    for attack, epsilon in attacks:
        for some, truth in portions(image, labels, size=size):
            problem = Problem(
                model=network,
                image=some,
                target=truth,
                epsilon=epsilon,
                threat_model=THREAT_MODEL,
                objective=Dice(LOSS),
            )
            volumes.append(attack(problem))
            scores.append(regions(network, volumes[-1], truth))
    return torch.cat(volumes).view(-1, *image.shape), torch.cat(scores).view(-1, len(image), 3)
