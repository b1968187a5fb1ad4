"""A background of zeros, where resampling left tiny values around the head."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort

#: Intensities are told relative to this percentile of the magnitudes that are not zero.
_BRIGHT = 98
#: Values below this share of the bright ones are tiny, and more of them than `_HALO` are a halo:
#: the ringing of a spline fills half of the background, that of a windowed sinc a twelfth; linear
#: interpolation leaves 0.3 % at most.
_TINY, _HALO = 1e-3, 0.01
#: What is darker than this share of the bright ones is background, where there is a halo.
_DARK = 0.05


def has_halo(volume: NDArray[Any]) -> bool:
    """Tell whether tiny values surround a head, as after resampling by a spline.

    Args:
        volume: (X, Y, Z) in scanner units. More than a hundredth of its voxels that are not zero
            have less than a thousandth of the 98th percentile of such voxels.
    """
    return halo_level(volume) > 0


def zero_background(volume: NDArray[Any], sequence: str, cohort: Cohort) -> NDArray[Any]:
    """Return a volume (X, Y, Z) with zeros where it is background; without any, the same array.

    Background is a halo (see `has_halo`) darker than a twentieth of the bright voxels, and whatever
    is negative: interpolation undershoots at the rim. That is so of magnitudes, which N4 takes the
    logarithm of. Of others, such as a map of uptake, tiny values may be tissue: they stay as they
    are, as a volume in a window does, which has its background there.
    """
    if cohort.bias_correction != "n4" or sequence in cohort.windows:
        return volume
    background = volume < halo_level(volume)
    if not background.any():
        return volume
    zeroed: NDArray[Any] = np.where(background, volume.dtype.type(0), volume)
    return zeroed


def halo_level(volume: NDArray[Any]) -> float:
    """Return the magnitude below which a volume is background, 0 where it has no halo."""
    magnitudes = np.abs(volume[volume != 0]).astype(np.float64)
    if not magnitudes.size:
        return 0.0
    bright = float(np.percentile(magnitudes, _BRIGHT))
    halo = float(np.mean(magnitudes < _TINY * bright)) > _HALO
    return _DARK * bright if halo else 0.0
