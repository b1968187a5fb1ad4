"""The model under examination, with the volumes and the threat model."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.problem import Problem
from robustseg.data.cohort import Cohort
from robustseg.metrics.dice import dice
from robustseg.models.losses import DiceLoss
from robustseg.models.output import logits_of
from robustseg.runtime.errors import InputError
from robustseg.threat.gradient import Loss
from robustseg.threat.inputs import MAPPING, check_inputs
from robustseg.threat.objectives import Dice
from robustseg.threat.scale import median_gap
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model and some test cases, attacked at one epsilon.

    Attributes:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean volumes ``(N, C, D, H, W)``.
        labels: true class indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak.
        seeds: one per case.
        cohort: the cohort of the cases, with the regions to measure.
        temperature: the temperature the model was trained at; 1 if it was not distilled.
        threat_model: reference of epsilon, clipping range, support.
        loss: the study's loss, which the unscaled attacks follow.

    Raises:
        InputError: the labels are not indices of the cohort's classes, or epsilon is not in
            [0, 2].
    """

    model: nn.Module
    image: Tensor
    labels: Tensor
    epsilon: float
    seeds: tuple[int, ...]
    cohort: Cohort
    temperature: float = 1
    threat_model: ThreatModel = ThreatModel()
    loss: Loss = field(default_factory=DiceLoss)

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_inputs(self.model, self.image, self.labels, epsilon=self.epsilon)
        highest, classes = int(self.labels.max()), self.cohort.classes
        if highest >= len(classes):
            raise InputError(
                f"the labels have the value {highest}, the cohort the classes 0 to "
                f"{len(classes) - 1} ({', '.join(classes)}); {MAPPING}"
            )

    def first(self, count: int) -> "Subject":
        """Return the same model with the first ``count`` cases only."""
        part = slice(count)
        return replace(
            self, image=self.image[part], labels=self.labels[part], seeds=self.seeds[part]
        )

    def in_float64(self) -> "Subject":
        """Return a copy of the model that computes in float64, with float64 volumes."""
        with torch.inference_mode(False):
            return replace(self, model=deepcopy(self.model).double(), image=self.image.double())

    def problem(self, **changes: Any) -> Problem:
        """Return the problem of an untargeted attack; ``changes`` are attributes of `Problem`."""
        posed = Problem(
            model=self.model,
            image=self.image,
            target=self.labels,
            epsilon=self.epsilon,
            threat_model=self.threat_model,
            objective=Dice(self.loss),
            criterion=lambda prediction: -self.regions(prediction).mean(1),
            seeds=self.seeds,
        )
        return replace(posed, **changes)

    def gap(self) -> Tensor:
        """Return each case's median top-2 gap of the clean logits, ``(N, 1, 1, 1, 1)``."""
        return median_gap(self.logits(self.image))

    @torch.no_grad()
    def logits(self, volumes: Tensor) -> Tensor:
        """Return the logits of ``volumes``."""
        return logits_of(self.model, volumes)

    def regions(self, prediction: Tensor) -> Tensor:
        """Return the Dice coefficients ``(N, regions)`` of class indices ``(N, D, H, W)``."""
        return torch.stack(
            [dice(prediction, self.labels, region) for region in self.cohort.regions.values()],
            dim=1,
        )

    def dice(self, volumes: Tensor) -> list[float]:
        """Return the mean Dice over cases on ``volumes``, one per region."""
        means: list[float] = self.regions(self.logits(volumes).argmax(1)).mean(0).tolist()
        return means

    def fgsm(self, **changes: Any) -> Tensor:
        """Return FGSM's volumes; ``changes`` are attributes of `Problem`."""
        return self.along(self.direction(**changes))

    def direction(self, **changes: Any) -> Tensor:
        """Return the sign of the gradient at the clean volumes; ``changes`` as in `fgsm`."""
        problem = self.problem(**changes)
        return self.threat_model.direction(
            self.image, problem.value_and_gradient(self.image).gradient
        )

    def along(self, direction: Tensor) -> Tensor:
        """Return the volumes after one step of epsilon along ``direction``."""
        return self.threat_model.moved(self.image, direction, epsilon=self.epsilon)


def mean(values: list[float]) -> float:
    """Return the mean over regions, which the comparisons use."""
    return sum(values) / len(values)
