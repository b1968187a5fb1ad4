"""Reading and writing single NIfTI volumes."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from robustseg.errors import InputError
from robustseg.files import atomic_path


def read_volume(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Read a NIfTI file and turn its axes to right, anterior, superior.

    Args:
        path: a `.nii` or `.nii.gz` file with three or four dimensions.

    Returns:
        Voxels, (X, Y, Z) or (X, Y, Z, T), of the type in the file (floating point where the
        header scales them), and the (4, 4) affine in mm. Turning permutes and flips axes only:
        nothing is interpolated.

    Raises:
        InputError: the file is missing, truncated or not a NIfTI image.
    """
    try:
        # Lazily read and mapped files surface their damage only here, with the voxels.
        image = nib.as_closest_canonical(nib.load(path))
        voxels = np.asanyarray(image.dataobj)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; add it or correct the path") from error
    except Exception as error:  # nibabel, gzip and zlib raise a dozen kinds for a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: cannot be read ({reason}); copy the file anew") from error
    return voxels, np.asarray(image.affine, dtype=np.float64)


def write_volume(path: Path, voxels: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a NIfTI file whole or not at all; equal voxels give equal bytes.

    Args:
        path: ends in `.nii.gz`.
        voxels: (X, Y, Z), written in its own type without scaling.
        affine: (4, 4), voxel indices to mm.
    """
    image = nib.Nifti1Image(voxels, affine)
    image.header.set_xyzt_units("mm")
    with atomic_path(path) as temporary:
        nib.save(image, temporary)
