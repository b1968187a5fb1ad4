"""Samples: one file per preprocessed case, the input of the models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path


@dataclass(frozen=True)
class Sample:
    """A preprocessed case.

    Attributes:
        image: float32 (C, S, S, S), sequences in the order of the cohort, axes x, y, z of the
            volume in right-anterior-superior order.
        labels: uint8 (S, S, S), class indices.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]


def write_sample(path: Path, sample: Sample) -> None:
    """Write ``sample`` as an uncompressed npz of the arrays `image` and `labels`."""
    with atomic_path(path) as temporary:
        np.savez(temporary, image=sample.image, labels=sample.labels)


def read_sample(path: Path, cohort: Cohort) -> Sample:
    """Read a file of `write_sample` with a case of ``cohort``.

    Raises:
        InputError: the file is missing, truncated, or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            sample = Sample(image=arrays["image"], labels=arrays["labels"])
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; preprocess the case first") from error
    except Exception as error:  # zipfile, zlib and numpy raise many types for a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: not a readable sample ({reason}); delete it and preprocess the case again"
        ) from error
    problem = _problem_of(sample, cohort)
    if problem:
        raise InputError(f"{path}: {problem}; delete it and preprocess the case again")
    return sample


def read_samples(
    paths: Sequence[Path],
    *,
    statistics: Mapping[str, Sequence[float]] | None = None,
    cohort: Cohort,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[str]]:
    """Read several samples of one size into memory.

    Args:
        paths: sample files named `<case>.npz`.
        statistics: the result of `intensity_statistics.cohort_statistics` for the *training*
            samples, which standardizes the images; None leaves them unchanged.
        cohort: the cohort of the samples.

    Returns:
        images, float32 (N, C, S, S, S); labels, uint8 (N, S, S, S); and the N case names.

    Raises:
        InputError: no path, an unreadable sample, or samples of different sizes.
    """
    if not paths:
        raise InputError("samples: none given; check the split, it needs cases on both sides")
    samples = [read_sample(Path(path), cohort) for path in paths]
    for path, sample in zip(paths, samples, strict=True):
        if sample.image.shape != samples[0].image.shape:
            raise InputError(
                f"{path}: size {sample.labels.shape} differs from {samples[0].labels.shape} of "
                f"{paths[0]}; preprocess all cases with one size"
            )
    images = np.stack([sample.image for sample in samples])
    if statistics is not None:
        mean, sd = (
            np.asarray(statistics[key], dtype=np.float32)[None, :, None, None, None]
            for key in ("mean", "sd")
        )
        images = (images - mean) / sd
    return images, np.stack([sample.labels for sample in samples]), [Path(p).stem for p in paths]


def _problem_of(sample: Sample, cohort: Cohort) -> str | None:
    """Return the problem of the arrays of a sample, or None."""
    image, labels = sample.image, sample.labels
    channels, classes = len(cohort.sequences), len(cohort.classes)
    if image.dtype != np.float32 or image.ndim != 4 or image.shape[0] != channels:
        return f"image is {image.dtype} {image.shape}, not float32 ({channels}, S, S, S)"
    if labels.dtype != np.uint8 or labels.shape != image.shape[1:]:
        return f"labels are {labels.dtype} {labels.shape}, not uint8 {image.shape[1:]}"
    if labels.size and labels.max() >= classes:
        return f"class index {labels.max()} is above {classes - 1}"
    if not np.isfinite(image).all():
        return "image has values that are not finite"
    return None
