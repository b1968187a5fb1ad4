"""What may be wrong with the intensities of a sequence, and what they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.background import halo_level

#: Largest share of negative voxels among those that are not zero. Interpolation leaves a few;
#: more are a wrapped integer type or a normalized image, whose logarithm N4 cannot take.
NEGATIVE = 0.1
#: A volume with more of its voxels than this different from zero still has its background.
SKULL_STRIPPED = 0.85


def intensity_problem(volume: NDArray[Any], sequence: str, cohort: Cohort) -> str | None:
    """Say why a sequence (X, Y, Z) cannot be used: `<what>; <what to do>`.

    Negative intensities are refused where N4 is to take their logarithm.
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
    if logarithm:  # half of a spline's halo is negative, and taken for background
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
    """Return extremes and the mean of the voxels that are not zero, in scanner units."""
    inside = volume[volume != 0].astype(np.float64)
    return {
        "min": float(inside.min()),
        "mean": float(inside.mean()),
        "max": float(inside.max()),
    }


def is_skull_stripped(foreground: NDArray[np.bool_]) -> bool:
    """Tell by the share of voxels that are not zero whether what surrounds the brain is removed.

    In BraTS volumes 10 to 25 % are brain; with skull and air left in, noise fills the rest.
    """
    return bool(foreground.mean() <= SKULL_STRIPPED)
