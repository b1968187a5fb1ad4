"""The test cases as problems of an attack, read a few at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.make_problem import make_objective, make_problem
from robustseg.attacks.problem import Problem
from robustseg.data.cohort import Cohort
from robustseg.data.tensors import read_volumes
from robustseg.models.device import portions
from robustseg.models.losses import DiceLoss
from robustseg.runtime.plugins import resolve
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some test cases: their names, the truth ``(N, D, H, W)``, and the problem of the attack."""

    cases: list[str]
    labels: Tensor
    problem: Problem


def batches(
    settings: Mapping[str, Any],
    *,
    model: nn.Module,
    samples: Sequence[str],
    statistics: str | None,
    device: torch.device,
    epsilon: float,
) -> Iterator[Batch]:
    """Yield all cases, a few at a time.

    Args:
        settings: `Study.request`.
        model: on ``device``, in evaluation mode.
        samples: files, one per case, named after it.
        statistics: of the cohort, or None.
        device: of the volumes.
        epsilon: radius as a fraction of the threat model's peak.

    Raises:
        InputError: a file is damaged.
    """
    cohort = Cohort.from_json(settings["cohort"])
    for (some,) in portions(torch.arange(len(samples)), size=settings["batch_size"]):
        image, labels, cases = read_volumes(
            [samples[index] for index in some.tolist()], statistics=statistics, cohort=cohort
        )
        labels = labels.to(device)
        problem = make_problem(
            model=model,
            image=image.to(device),
            labels=labels,
            epsilon=epsilon,
            cohort=cohort,
            threat_model=ThreatModel(**settings["threat_model"]),
            loss=DiceLoss(**settings["loss"]),
            seeds=tuple(derive_seed(settings["seed"], case) for case in cases),
            **settings["problem"],
        )
        yield Batch(cases=cases, labels=labels, problem=problem)


def attack_of(settings: Mapping[str, Any]) -> Callable[..., Tensor]:
    """Return the attack of ``settings`` (`Study.request`) with its parameters."""
    parameters = dict(settings["parameters"])
    if parameters.get("losses"):
        cohort, loss = Cohort.from_json(settings["cohort"]), DiceLoss(**settings["loss"])
        parameters["losses"] = [
            make_objective(target, loss=loss, cohort=cohort) for target in parameters["losses"]
        ]
    return partial(resolve(settings["attack"]), **parameters)
