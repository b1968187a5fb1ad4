"""Samples as tensors, standardized with the statistics of the training split, if given."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from robustseg.data.cohort import Cohort
from robustseg.data.samples import read_samples


def read_volumes(
    paths: Sequence[str], *, statistics: str | None, cohort: Cohort
) -> tuple[Tensor, Tensor, list[str]]:
    """Return float32 images ``(N, C, D, H, W)``, class indices ``(N, D, H, W)`` and case names.

    Args:
        paths: samples, named after their cases.
        statistics: JSON file of `cohort_statistics`, or None for standardized samples.
        cohort: the cohort of the samples.

    Raises:
        InputError: a sample is damaged or of another size.
    """
    values = json.loads(Path(statistics).read_text()) if statistics else None
    image, labels, cases = read_samples(
        [Path(path) for path in paths], statistics=values, cohort=cohort
    )
    return torch.from_numpy(image), torch.from_numpy(labels), cases
