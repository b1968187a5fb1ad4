"""A background of zeros for images with tiny values around the head."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort

#: Thresholds are relative to this percentile of the nonzero magnitudes.
_BRIGHT = 98
#: Values below this share of the bright ones are tiny. More tiny values than `_HALO` are a halo.
#: The ringing of a spline fills half of the background, and that of a windowed sinc a twelfth.
#: Linear interpolation leaves at most 0.3 %.
_TINY, _HALO = 1e-3, 0.01
#: With a halo, voxels darker than this share of the bright ones are background.
_DARK = 0.05


def has_halo(volume: NDArray[Any]) -> bool:
    """Tell whether tiny values surround a head, as after resampling by a spline.

    Args:
        volume: (X, Y, Z) in scanner units. It has a halo if more than a hundredth of its nonzero
            voxels are below a thousandth of the 98th percentile of these voxels.
    """
    return halo_level(volume) > 0


def zero_background(volume: NDArray[Any], sequence: str, cohort: Cohort) -> NDArray[Any]:
    """Return a volume (X, Y, Z) with zeros in its background; without background, the same array.

    In a volume with a halo (see `has_halo`), voxels darker than a twentieth of the bright ones are
    background. Negative voxels are background too, because interpolation undershoots at the rim.
    This holds for magnitudes, whose logarithm N4 takes. In other volumes, such as a map of uptake,
    tiny values may be tissue, so they stay. A volume with a window also stays: its background is
    the lower end of the window.
    """
    if cohort.bias_correction != "n4" or sequence in cohort.windows:
        return volume
    background = volume < halo_level(volume)
    if not background.any():
        return volume
    zeroed: NDArray[Any] = np.where(background, volume.dtype.type(0), volume)
    return zeroed


def halo_level(volume: NDArray[Any]) -> float:
    """Return the magnitude below which a volume is background; 0 without a halo."""
    magnitudes = np.abs(volume[volume != 0]).astype(np.float64)
    if not magnitudes.size:
        return 0.0
    bright = float(np.percentile(magnitudes, _BRIGHT))
    halo = float(np.mean(magnitudes < _TINY * bright)) > _HALO
    return _DARK * bright if halo else 0.0
