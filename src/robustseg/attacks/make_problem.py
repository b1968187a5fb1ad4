"""The problem of an attack on cases of a cohort, from the settings of a study."""

import inspect
from typing import Literal

import torch
from torch import Tensor, nn

from robustseg.attacks.problem import Problem
from robustseg.data.cohort import Cohort
from robustseg.metrics.dice import dice
from robustseg.models.output import logits_of
from robustseg.runtime.plugins import resolve
from robustseg.threat.gradient import Loss
from robustseg.threat.objectives import Dice, Objective
from robustseg.threat.scale import median_gap
from robustseg.threat.threat_model import ThreatModel


def make_objective(target: str, *, loss: Loss, cohort: Cohort) -> Objective:
    """Return the objective that ``"module:object"`` names.

    A class is instantiated. It gets the study's ``loss`` and the cohort's ``regions`` if it has
    parameters of these names. Any other object is returned unchanged.
    """
    kind = resolve(target)
    if not inspect.isclass(kind):
        found: Objective = kind
        return found
    regions = tuple(map(tuple, cohort.regions.values()))
    declared = inspect.signature(kind).parameters
    available = {"loss": loss, "regions": regions}
    chosen = {key: value for key, value in available.items() if key in declared}
    made: Objective = kind(**chosen)  # type: ignore[assignment]
    return made


def make_problem(
    *,
    model: nn.Module,
    image: Tensor,
    labels: Tensor,
    epsilon: float,
    cohort: Cohort,
    threat_model: ThreatModel,
    loss: Loss,
    seeds: tuple[int, ...] = (),
    objective: str | None = None,
    scale: float | Literal["gap"] = 1.0,
    target_class: int | None = None,
) -> Problem:
    """Return the problem of an attack whose worst volume has the lowest mean Dice of the regions.

    Args:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``.
        labels: true class indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak.
        cohort: the cohort of the cases.
        threat_model: reference of epsilon, clipping range, support.
        loss: the study's loss.
        seeds: one per case.
        objective: ``"module:object"``; None is `Dice` of the study's loss.
        scale: divisor of the logits; "gap" is each case's median top-2 gap.
        target_class: the wanted class of every voxel; None is untargeted.

    Raises:
        InputError: as `Problem`.
    """
    divisor: float | Tensor = 1.0 if scale == "gap" else scale
    if scale == "gap":
        with torch.no_grad():
            divisor = median_gap(logits_of(model, image))
    targeted = target_class is not None

    def badness(prediction: Tensor) -> Tensor:
        values = [dice(prediction, labels, region) for region in cohort.regions.values()]
        return -torch.stack(values).mean(0)

    return Problem(
        model=model,
        image=image,
        target=torch.full_like(labels, target_class) if target_class is not None else labels,
        epsilon=epsilon,
        threat_model=threat_model,
        objective=(
            Dice(loss) if objective is None else make_objective(objective, loss=loss, cohort=cohort)
        ),
        scale=divisor,
        targeted=targeted,
        criterion=None if targeted else badness,
        seeds=seeds,
    )
