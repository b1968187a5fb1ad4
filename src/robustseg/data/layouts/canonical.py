"""From any layout to canonical case folders, and from these to arrays."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.labels import to_classes, to_nifti_labels
from robustseg.data.layouts.case_files import CaseFiles, canonical_files
from robustseg.data.layouts.msd import MSD_VOLUMES
from robustseg.data.nifti import read_volume, write_volume
from robustseg.runtime.errors import InputError

Spacing = tuple[float, float, float]


def import_case(files: CaseFiles, folder: Path, cohort: Cohort) -> None:
    """Write a case in the canonical layout: `<folder>/<case>_{t1,t1ce,t2,flair,seg}.nii.gz`.

    Volumes are reoriented to right-anterior-superior order. Labels become integers, in BraTS uint8
    in {0, 1, 2, 4}. Every file is written, even if the source has this form already: a link would
    break when the dataset moves, and later steps would see changes of the source. All files are
    read before the first is written, so a damaged case leaves no files.

    Args:
        files: the case, from `robustseg.data.layouts.find.find_cases`.
        folder: the case folder to make.
        cohort: the cohort of the case.

    Raises:
        InputError: a file is missing, damaged, of another shape than the first, or has unknown
            label values.
    """
    read = {path: read_volume(path) for path in dict.fromkeys(files.sequences.values())}
    first = cohort.sequences[0]
    affine = read[files.sequences[first]][1]
    volumes = {s: _volume(files, s, read[files.sequences[s]][0]) for s in cohort.sequences}
    shape = volumes[first].shape
    classes, _ = _read_classes(files, cohort)
    for path, found in (
        *((files.sequences[s], volume.shape) for s, volume in volumes.items()),
        (files.labels, classes.shape),
    ):
        if found != shape:
            raise InputError(
                f"{path}: shape {found} differs from {shape} of {first}; "
                "resample the case's files to one grid"
            )
    target = canonical_files(folder, files.case, cohort)
    for sequence, volume in volumes.items():
        write_volume(target.sequences[sequence], volume, affine)
    write_volume(target.labels, to_nifti_labels(classes, cohort), affine)


def read_case(
    folder: Path, case: str, cohort: Cohort
) -> tuple[NDArray[np.float32], NDArray[np.uint8], Spacing]:
    """Read a canonical case folder.

    Args:
        folder: the case folder itself.
        case: name of the case; the names of its files start with it.
        cohort: the cohort of the case.

    Returns:
        images, float32 (C, X, Y, Z) in scanner units, sequences in the order of the cohort's;
        labels, uint8 (X, Y, Z), class indices; voxel size along x, y, z in mm. Axes point right,
        anterior and superior.

    Raises:
        InputError: a file is missing, damaged, of another shape than the first, or has unknown
            label values.
    """
    files = canonical_files(folder, case, cohort)
    labels, affine = _read_classes(files, cohort)
    images = np.empty((len(cohort.sequences), *labels.shape), dtype=np.float32)
    for image, sequence in zip(images, cohort.sequences, strict=True):
        path = files.sequences[sequence]
        volume, _ = read_volume(path)
        if volume.shape != labels.shape:
            raise InputError(
                f"{path}: shape {volume.shape} differs from {labels.shape} of the labels; "
                "import the case again"
            )
        image[...] = volume
    x, y, z = (float(millimeters) for millimeters in np.linalg.norm(affine[:3, :3], axis=0))
    return images, labels, (x, y, z)


def _volume(files: CaseFiles, sequence: str, voxels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return one sequence of a file's voxels, in their own type or, if it is wider, float32."""
    path = files.sequences[sequence]
    if files.layout == "msd":
        if voxels.ndim != 4 or voxels.shape[3] != len(MSD_VOLUMES):
            raise InputError(f"{path}: shape {voxels.shape} is not (X, Y, Z, 4); copy it anew")
        voxels = voxels[..., (files.volumes or MSD_VOLUMES)[sequence]]
    if voxels.ndim != 3:
        raise InputError(f"{path}: shape {voxels.shape} has not three axes; give one volume a file")
    if voxels.dtype.kind not in "iu" or voxels.dtype.itemsize > 4:
        return voxels.astype(np.float32)
    return voxels


def _read_classes(
    files: CaseFiles, cohort: Cohort
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Read the labels of a case as class indices."""
    values, affine = read_volume(files.labels, labels=True)
    try:
        classes = to_classes(
            values,
            enhancing=files.enhancing,
            layout=files.layout,
            cohort=cohort,
            stated=files.values,
        )
    except ValueError as error:
        raise InputError(
            f"{files.labels}: {error}; correct the labels or leave the case out"
        ) from error
    return classes, affine
