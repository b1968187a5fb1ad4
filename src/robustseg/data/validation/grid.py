"""Problems of the type, the shape and the position of a volume."""

import numpy as np
from numpy.typing import NDArray

from robustseg.data.layouts.msd import MSD_VOLUMES

#: Allowed distance of the voxels of two files, in mm: rounding in headers does no harm.
AFFINE_TOLERANCE = 0.1
#: Least and largest distance of neighboring voxels, in mm.
SPACING = (0.1, 12.0)
#: Largest angle between an axis and the body's in degrees; flips assume a left and a right.
OBLIQUE = 20.0


def type_problem(voxels: NDArray[np.generic], *, msd: bool) -> str | None:
    """Return a problem of the type or the number of axes: `<what>; <what to do>`.

    Args:
        voxels: as read from the file.
        msd: the file holds four sequences along its fourth axis.
    """
    if voxels.dtype.kind not in "iufb":
        return f"voxels are {_name(voxels.dtype)}, not numbers; convert it to a grayscale image"
    if 0 in voxels.shape:
        return f"shape {voxels.shape} has no voxels; copy the file anew"
    if msd and (voxels.ndim != 4 or voxels.shape[3] != len(MSD_VOLUMES)):
        return f"shape {voxels.shape} is not (X, Y, Z, 4); copy the file anew"
    if not msd and voxels.ndim != 3:
        return f"shape {voxels.shape} has not three axes; give every volume a file of its own"
    if 1 in voxels.shape[:3]:
        return f"shape {voxels.shape} is a single slice along an axis; give the whole volume"
    return None


def affine_problem(affine: NDArray[np.float64]) -> str | None:
    """Return why a (4, 4) affine (voxels to mm, axes in RAS order) is unusable."""
    if not np.isfinite(affine).all():
        return "affine is not finite; copy the header of another sequence"
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.min() < SPACING[0] or spacing.max() > SPACING[1]:
        text = " x ".join(f"{length:.3g}" for length in spacing)
        return (
            f"spacing {text} mm is not between {SPACING[0]:g} and {SPACING[1]:g} mm; "
            "correct the header"
        )
    directions = affine[:3, :3] / spacing
    if abs(np.linalg.det(directions)) < 0.5:
        return "affine is sheared or singular; correct the header"
    degrees = tilt(affine)
    if degrees > OBLIQUE:
        return f"axes lie {degrees:.0f} degrees off the body's; resample it to an axial grid"
    return None


def tilt(affine: NDArray[np.float64]) -> float:
    """Return the largest angle between an axis of a RAS-ordered grid and the body's, in degrees."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return float(np.degrees(np.arccos(np.clip(np.diag(directions), -1, 1))).max())


def grid_problem(
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    name: str,
    expected_shape: tuple[int, ...],
    expected_affine: NDArray[np.float64],
) -> str | None:
    """Return how a grid differs from the one of the case's first file, ``name``."""
    if shape != expected_shape:
        return f"shape {shape} differs from {expected_shape} of {name}; resample it to that grid"
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(shape) - 1)
    shift = (affine - expected_affine)[:3]
    distance = float(np.abs(corners @ shift[:, :3].T + shift[:, 3]).max())
    if not distance <= AFFINE_TOLERANCE:
        return f"lies {distance:.3g} mm off {name} by its affine; register it, or copy the header"
    return None


def _name(dtype: np.dtype[np.generic]) -> str:
    return "colors" if dtype.fields else str(dtype)
