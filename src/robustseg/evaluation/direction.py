"""The direction of a one-step attack, from its files to its file."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from robustseg.attacks.registry import ATTACKS
from robustseg.evaluation.requests import case_names, requests
from robustseg.evaluation.stored_direction import write_direction
from robustseg.models.device import select_device
from robustseg.models.weights import load_model
from robustseg.runtime.lazy import resolve


def run(
    settings: Mapping[str, Any],
    *,
    weights: str,
    samples: Sequence[str],
    statistics: str | None,
    output: str,
    threads: int,
) -> None:
    """Compute the direction for all test cases and write it.

    Args:
        settings: `Study.request` of the attack.
        weights: of the model.
        samples: files of the test cases.
        statistics: of the cohort, or None.
        output: see `write_direction`.
        threads: of a CPU.

    Raises:
        InputError: a file is damaged, or the gradient is not finite.
    """
    device = select_device(threads)
    model = load_model(weights).to(device)
    entry = ATTACKS[settings["method"]]
    if entry.direct is None:
        raise ValueError(f"{settings['method']} has no direction of its own")
    direct = resolve(entry.direct)
    found = [
        direct(request).cpu()
        for _, request in requests(
            settings, model=model, samples=samples, statistics=statistics, device=device
        )
    ]
    write_direction(output, torch.cat(found), case_names(samples))
