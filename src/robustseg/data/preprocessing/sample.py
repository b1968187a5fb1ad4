"""From a case in scanner units to a sample: crop, resize, standardize."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.resample import resize_linear, resize_nearest
from robustseg.data.preprocessing.windows import foreground
from robustseg.data.samples import Sample
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import called, resolve


def preprocess(
    images: NDArray[np.float32],
    labels: NDArray[np.uint8],
    *,
    size: int,
    standardization: str,
    cohort: Cohort,
) -> Sample:
    """Crop a case to its foreground box, resize it to a cube and standardize it.

    Args:
        images: (C, X, Y, Z) in scanner units, zero outside the brain, or clipped to a window.
        labels: (X, Y, Z), class indices.
        size: edge of the cube in voxels. The box is stretched to fill the cube along each
            axis, as in the paper.
        standardization: "volume" and "brain" are z = (x - mean) / sd for each sequence. The mean
            and sd are those of all voxels of the cropped volume ("volume") or of its brain
            voxels, which are nonzero in any sequence ("brain"). The background is mapped too.
            "cohort" leaves the intensities raw, see `preprocessing.intensity_statistics`. A name
            with a colon is the user's function, which takes the resized image and returns it
            standardized, both float32 (C, size, size, size).
        cohort: the cohort of the case.

    Returns:
        The sample, (C, size, size, size).

    Raises:
        ValueError: all voxels are zero, or a sequence is constant.
        InputError: the user's function fails or returns something else.
    """
    brain = foreground(images, cohort)
    box = foreground_box(brain)
    image = np.stack(
        [
            _resize(sequence[box], size, background=cohort.background(name))
            for sequence, name in zip(images, cohort.sequences, strict=True)
        ]
    )
    if ":" in standardization:
        image = _own(standardization, image)
    elif standardization != "cohort":
        within = (
            resize_nearest(brain[box].view(np.uint8), size).astype(bool)
            if standardization == "brain"
            else np.ones((size, size, size), dtype=bool)
        )
        image = np.stack(
            [
                _z_score(volume, within, name)
                for volume, name in zip(image, cohort.sequences, strict=True)
            ]
        )
    return Sample(image=image, labels=resize_nearest(labels[box], size))


def _own(target: str, image: NDArray[np.float32]) -> NDArray[np.float32]:
    with called(target):
        made = np.asarray(resolve(target)(image), dtype=np.float32)
        if made.shape != image.shape or not np.isfinite(made).all():
            raise InputError(
                f"returns the shape {made.shape} or values that are not finite; return finite "
                f"float32 {image.shape}"
            )
    return made


def lost_classes(labels: NDArray[np.uint8], sample: Sample, cohort: Cohort) -> list[str]:
    """Return the classes of a case (class indices, any shape) that its sample lacks.

    Resizing takes the nearest voxel, so it can skip small structures. The Dice of a region that is
    empty in the truth is 1 or 0.
    """
    lost = np.setdiff1d(labels, sample.labels)
    return [cohort.classes[index] for index in lost]


def _resize(volume: NDArray[np.float32], size: int, *, background: float) -> NDArray[np.float32]:
    """Resize a volume relative to its background, which therefore keeps its exact value."""
    if background == 0:
        return resize_linear(volume, size)
    shift = np.float32(background)
    return resize_linear(volume - shift, size) + shift


def foreground_box(foreground: NDArray[np.bool_]) -> tuple[slice, slice, slice]:
    """Return the smallest box around the true voxels of a (X, Y, Z) mask.

    Raises:
        ValueError: the mask is empty.
    """
    boxes: list[tuple[slice, slice, slice]] = find_objects(foreground.view(np.uint8))
    if not boxes:
        raise ValueError("no voxel is non-zero in any sequence")
    return boxes[0]


def _z_score(
    volume: NDArray[np.float32], within: NDArray[np.bool_], name: str
) -> NDArray[np.float32]:
    """Standardize a volume by the mean and sd of its voxels ``within`` a mask."""
    voxels = volume[within].astype(np.float64)
    mean, sd = voxels.mean(), voxels.std()
    if not sd > 1e-6 * abs(mean):  # rounding makes a constant volume slightly uneven
        raise ValueError(f"{name} is constant")
    standardized: NDArray[np.float32] = ((volume - mean) / sd).astype(np.float32)
    return standardized
