"""The test cases as requests, read a few at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from robustseg.attacks.request import Request
from robustseg.data.cohort import Cohort
from robustseg.data.tensors import read_volumes
from robustseg.evaluation.stored_direction import StoredDirection
from robustseg.models.device import portions
from robustseg.models.losses import DiceLoss
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.threat_model import ThreatModel


def case_names(samples: Sequence[str]) -> list[str]:
    """Return the names of the cases of ``samples``."""
    return [Path(path).stem for path in samples]


def requests(
    settings: Mapping[str, Any],
    *,
    model: nn.Module,
    samples: Sequence[str],
    statistics: str | None,
    device: torch.device,
    epsilon: float = 0,
    direction: str | None = None,
) -> Iterator[tuple[list[int], Request]]:
    """Yield the indices of some cases and the request to attack them, until all had their turn.

    Args:
        settings: `Study.request`: parameters, threat_model, loss, batch_size, seed; and cohort,
            where it is another than that of BraTS.
        model: on ``device``, in evaluation mode.
        samples: files, one a case, named after it.
        statistics: of the cohort, or None.
        device: of the volumes.
        epsilon: radius as a fraction of the threat model's peak.
        direction: file of the stored direction of these cases, or None.

    Raises:
        InputError: a file is damaged or belongs to other cases.
    """
    cohort = Cohort.from_json(settings.get("cohort"))
    stored = StoredDirection(direction, case_names(samples)) if direction else None
    for (some,) in portions(torch.arange(len(samples)), size=settings["batch_size"]):
        indices: list[int] = some.tolist()
        image, labels, cases = read_volumes(
            [samples[index] for index in indices], statistics=statistics, cohort=cohort
        )
        yield (
            indices,
            Request(
                model=model,
                image=image.to(device),
                labels=labels.to(device),
                epsilon=epsilon,
                threat_model=ThreatModel(**settings["threat_model"]),
                loss=DiceLoss(**settings["loss"]),
                seeds=tuple(derive_seed(settings["seed"], case) for case in cases),
                parameters=settings["parameters"],
                direction=stored.read(indices).to(device) if stored else None,
                cohort=cohort,
            ),
        )
