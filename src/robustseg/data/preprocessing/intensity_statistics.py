"""Intensity statistics of the training split, for the "cohort" standardization."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robustseg.data.cohort import Cohort
from robustseg.data.samples import read_sample
from robustseg.runtime.errors import InputError


def cohort_statistics(sample_paths: Sequence[Path], cohort: Cohort) -> dict[str, list[float]]:
    """Return mean and standard deviation of each sequence over all voxels of some samples.

    Only the given files are read. With training samples alone, the statistics do not depend on the
    test cases.

    Args:
        sample_paths: training samples, preprocessed with ``standardization="cohort"`` (raw
            intensities). They are read one at a time.
        cohort: the cohort of the samples.

    Returns:
        {"mean": [...], "sd": [...]}, with one number per sequence, in the order of the cohort.

    Raises:
        InputError: no sample, an unreadable one, or a sequence without any contrast.
    """
    if not sample_paths:
        raise InputError("training samples: none given; the split needs at least one case")
    count, channels = 0, len(cohort.sequences)
    mean = np.zeros(channels)
    squares = np.zeros(channels)  # sum of squared deviations from the running mean
    for path in sample_paths:
        voxels = read_sample(Path(path), cohort).image.reshape(channels, -1).astype(np.float64)
        size = voxels.shape[1]
        # Chan et al.'s pairwise update is stable for scanners with very different intensities.
        delta = voxels.mean(axis=1) - mean
        squares += voxels.var(axis=1) * size + delta**2 * count * size / (count + size)
        mean += delta * size / (count + size)
        count += size
    sd = np.sqrt(squares / count)
    for sequence, value in zip(cohort.sequences, sd, strict=True):
        if not value > 0:
            raise InputError(f"training samples: {sequence} is constant; check its files")
    return {"mean": mean.tolist(), "sd": sd.tolist()}
