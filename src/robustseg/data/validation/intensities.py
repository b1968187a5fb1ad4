"""Problems and statistics of the intensities of a sequence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.background import halo_level

#: Largest share of negative voxels among the nonzero ones. Interpolation leaves a few. More are
#: due to a wrapped integer type or a normalized image, whose logarithm N4 cannot take.
NEGATIVE = 0.1
#: Above this share of nonzero voxels, a volume still has its skull and background.
SKULL_STRIPPED = 0.85


def intensity_problem(volume: NDArray[Any], sequence: str, cohort: Cohort) -> str | None:
    """Return why a sequence (X, Y, Z) cannot be used: `<what>; <what to do>`.

    Negative intensities are a problem where N4 takes their logarithm.
    """
    inside = volume[volume != 0]
    if not np.isfinite(inside).all():
        return "has voxels that are not finite; replace them or leave the case out"
    if not inside.size:
        return "is zero everywhere; export the sequence anew or leave the case out"
    largest = max(abs(float(inside.max())), abs(float(inside.min())))
    if largest > float(np.sqrt(np.finfo(np.float32).max)):
        return f"has intensities up to {largest:.3g}, beyond float32; rescale it"
    logarithm = cohort.bias_correction == "n4"
    if sequence in cohort.windows:
        low, high = cohort.windows[sequence]
        inside = np.clip(volume[volume > low], low, high)
        if not inside.size:
            return f"has no intensity above {low:g}, the lowest of cohort.windows; correct either"
        if inside.min() == inside.max():
            return f"has none between {low:g} and {high:g}; correct cohort.windows or the file"
    elif logarithm and inside.max() <= 0:
        return "has no positive voxel; shift its intensities, N4 takes their logarithm"
    if inside.min() == inside.max():
        return f"is {inside[0]} wherever it is not zero, like a mask; replace the file"
    if logarithm:  # half of a spline's halo is negative and becomes background
        inside = inside[np.abs(inside.astype(np.float64)) > halo_level(volume)]
    share = float(np.mean(inside < 0))
    if logarithm and share > NEGATIVE and not cohort.of_tumors:
        return (
            f"is negative in {100 * share:.0f} % of its voxels, down to {inside.min():g}, which N4 "
            "cannot take the logarithm of; set cohort.bias_correction to none, or export it anew"
        )
    if logarithm and share > NEGATIVE:
        return (
            f"is negative in {100 * share:.0f} % of its voxels, down to {inside.min():g}, as "
            "overflowed or normalized images are; export it with its own intensities and zero "
            "around the brain"
        )
    return None


def intensity_facts(volume: NDArray[np.generic]) -> dict[str, Any]:
    """Return the extremes and the mean of the nonzero voxels, in scanner units."""
    inside = volume[volume != 0].astype(np.float64)
    return {
        "min": float(inside.min()),
        "mean": float(inside.mean()),
        "max": float(inside.max()),
    }


def is_skull_stripped(foreground: NDArray[np.bool_]) -> bool:
    """Tell by the share of nonzero voxels whether skull and surroundings are removed.

    In BraTS, 10 to 25 % of a volume are brain. With skull and air, noise fills the rest.
    """
    return bool(foreground.mean() <= SKULL_STRIPPED)
