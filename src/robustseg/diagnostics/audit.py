"""Audit of a model in one call: clean, FGSM, control and worst-case scores, and flags."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.apgd import apgd
from robustseg.attacks.random_noise import random_signs
from robustseg.data.cohort import Cohort
from robustseg.diagnostics.examination import examine
from robustseg.diagnostics.subject import Subject
from robustseg.diagnostics.verdict import flags
from robustseg.models.losses import DiceLoss
from robustseg.threat.gradient import Loss
from robustseg.threat.objectives import RegionDice
from robustseg.threat.threat_model import ThreatModel

STEPS = 40

Scores = dict[str, float]
"""Region to mean Dice over cases, in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The results of an audit.

    Attributes:
        clean: scores of the clean volumes.
        control: scores under random signs of size epsilon.
        fgsm: scores under FGSM on the loss, the apparent robustness.
        worst_case: mean over cases of the lower score under FGSM and Auto-PGD, per region.
        last_doubling: loss of mean Dice in the second half of Auto-PGD's steps; about 0 if the
            worst case has converged.
        flags: of the diagnostics, with ``name``, ``evidence``, ``meaning``, ``concerns``.
        measurements: the basis of the flags, see `robustseg.diagnostics.examination.examine`.
    """

    clean: Scores
    control: Scores
    fgsm: Scores
    worst_case: Scores
    last_doubling: float
    flags: list[dict[str, str]]
    measurements: dict[str, Any]


def audit(
    model: nn.Module,
    image: Tensor,
    labels: Tensor,
    *,
    cohort: Cohort,
    epsilon: float = 0.05,
    threat_model: ThreatModel = ThreatModel(),
    loss: Loss = DiceLoss(),
    seeds: tuple[int, ...] | None = None,
    iterations: int = 100,
    queries: int = 50,
) -> Audit:
    """Attack and examine a model as the default study does.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``, two or more.
        labels: true class indices ``(N, D, H, W)``.
        cohort: the cohort of the cases: its classes and regions.
        epsilon: radius as a fraction of the threat model's peak.
        threat_model: reference of epsilon, clipping range, support.
        loss: the training loss of the model, which FGSM follows.
        seeds: one per case, for random values; None is 0, 1, ...
        iterations: of the diagnostics' iteration curve.
        queries: forward passes of the gradient-free attack of the diagnostics.

    Raises:
        InputError: labels, epsilon, or the model's output are invalid.
    """
    seeds = tuple(range(len(image))) if seeds is None else tuple(seeds)
    subject = Subject(
        model=model,
        image=image,
        labels=labels,
        epsilon=epsilon,
        seeds=seeds,
        cohort=cohort,
        threat_model=threat_model,
        loss=loss,
    )
    objective = RegionDice(tuple(map(tuple, cohort.regions.values())))
    regions = subject.problem(objective=objective, scale=subject.gap())
    attacks: dict[str, Callable[[], Tensor]] = {
        "clean": lambda: image,
        "control": lambda: random_signs(subject.problem()),
        "fgsm": subject.fgsm,
        "half": lambda: apgd(regions, iterations=STEPS // 2),
        "whole": lambda: apgd(regions, iterations=STEPS),
    }
    dice = {
        name: subject.regions(subject.logits(attack()).argmax(1))
        for name, attack in attacks.items()
    }
    worst = torch.stack([dice[name] for name in ("clean", "fgsm", "half", "whole")]).amin(0)

    def scores(values: Tensor) -> Scores:
        return dict(zip(cohort.regions, values.mean(0).tolist(), strict=True))

    found = examine(subject, iterations=iterations, queries=queries)
    return Audit(
        **{name: scores(dice[name]) for name in ("clean", "control", "fgsm")},
        worst_case=scores(worst),
        last_doubling=(dice["half"] - dice["whole"]).mean().item(),
        flags=flags(found),
        measurements=found,
    )
