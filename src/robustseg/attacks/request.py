"""What an evaluation asks of an attack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from robustseg.data.cohort import Cohort
from robustseg.threat.gradient import Loss
from robustseg.threat.threat_model import ThreatModel

OnIterate = Callable[[int, Tensor], None]
"""Called with the iteration (from 1) and the iterate ``(N, C, D, H, W)``."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The arguments of every attack, as an evaluation knows them.

    Attributes:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``.
        image: clean volumes ``(N, C, D, H, W)``.
        labels: true class indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak.
        threat_model: what may change.
        loss: the loss that the attack follows.
        cohort: the cases are of: its classes, and the regions that are measured.
        seeds: one a case, for attacks that draw.
        parameters: the attack's own, from the configuration.
        direction: the stored direction of a one-step attack.
        on_iterate: to be called by iterative attacks after every step.
        criterion: class indices ``(N, D, H, W)`` to ``(N,)``, larger for a worse segmentation:
            what attacks that keep their best volume compare.
    """

    model: nn.Module
    image: Tensor
    labels: Tensor
    epsilon: float
    threat_model: ThreatModel
    loss: Loss
    cohort: Cohort
    seeds: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    direction: Tensor | None = None
    on_iterate: OnIterate | None = None
    criterion: Callable[[Tensor], Tensor] | None = None
