"""What may be wrong inside the files of a case."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.case_files import CaseFiles
from robustseg.data.cases_msd import MSD_VOLUMES
from robustseg.data.labels import SEQUENCES, to_classes
from robustseg.data.nifti import read_volume
from robustseg.errors import InputError
from robustseg.files import atomic_path

#: Voxels of two files may lie this far apart, in mm: headers round, and that does no harm.
AFFINE_TOLERANCE = 0.1


def case_problems(files: CaseFiles) -> list[str]:
    """Return what makes a case unusable, one line a problem: `<file>: <what>; <what to do>`.

    Checked: every file is whole and readable, has three axes (four in the "msd" layout), shares
    shape and position with the first sequence, and holds finite numbers; every sequence has
    contrast; the labels have known values. An empty list means that the case can be imported.
    """
    problems: list[str] = []
    first: tuple[str, tuple[int, ...], NDArray[np.float64]] | None = None
    for path in files.paths:
        try:
            if path.suffix == ".gz":
                _read_to_the_end(path)
            voxels, affine = read_volume(path)
        except InputError as error:
            problems.append(str(error))
            continue
        is_labels = path == files.labels
        wrong = _shape_problem(voxels, msd=files.layout == "msd" and not is_labels)
        if not wrong and first is not None:
            wrong = _grid_problem(voxels.shape[:3], affine, *first)
        if wrong:
            problems.append(f"{path}: {wrong}")
            continue
        first = first or (path.name, voxels.shape[:3], affine)
        if is_labels:
            problems += _label_problems(files, voxels)
        else:
            problems += _intensity_problems(files, path, voxels)
    return problems


def validate_cases(cases: Sequence[CaseFiles]) -> list[str]:
    """Return the problems of all cases, in their order."""
    return [problem for case in cases for problem in case_problems(case)]


def write_validation(path: Path, cases: Sequence[CaseFiles]) -> None:
    """Write the columns `case,status` for cases that passed: one row each, with status `valid`."""
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "status"))
        writer.writerows((files.case, "valid") for files in cases)


def _read_to_the_end(path: Path) -> None:
    """Read a gzip file past its last voxel, to where its checksum is.

    Raises:
        InputError: the file is missing, truncated or damaged.
    """
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; add it or remove the case") from error
    except Exception as error:  # zlib.error, EOFError, OSError
        raise InputError(f"{path}: cannot be unpacked ({error}); copy the file anew") from error


def _shape_problem(voxels: NDArray[np.generic], *, msd: bool) -> str | None:
    """Say what is wrong with the type or the number of axes."""
    if voxels.dtype.kind not in "iufb":
        return f"voxels are {voxels.dtype}, not numbers; convert it to a greyscale image"
    if 0 in voxels.shape:
        return f"shape {voxels.shape} has no voxels; copy the file anew"
    if msd and (voxels.ndim != 4 or voxels.shape[3] != len(MSD_VOLUMES)):
        return f"shape {voxels.shape} is not (X, Y, Z, 4); copy the file anew"
    if not msd and voxels.ndim != 3:
        return f"shape {voxels.shape} has not three axes; give every volume a file of its own"
    return None


def _grid_problem(
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    name: str,
    expected_shape: tuple[int, ...],
    expected_affine: NDArray[np.float64],
) -> str | None:
    """Say how a grid differs from the one of the case's first file."""
    if shape != expected_shape:
        return f"shape {shape} differs from {expected_shape} of {name}; resample it to that grid"
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(shape) - 1)
    shift = (affine - expected_affine)[:3]
    distance = float(np.abs(corners @ shift[:, :3].T + shift[:, 3]).max())
    if not distance <= AFFINE_TOLERANCE:
        return f"lies {distance:.3g} mm off {name} by its affine; register it, or copy the header"
    return None


def _intensity_problems(files: CaseFiles, path: Path, voxels: NDArray[np.generic]) -> list[str]:
    """Check the sequences that one file holds."""
    problems = []
    for sequence in (s for s in SEQUENCES if files.sequences[s] == path):
        volume = voxels[..., MSD_VOLUMES[sequence]] if files.layout == "msd" else voxels
        inside = volume[volume != 0]
        if not np.isfinite(inside).all():
            what = "has voxels that are not finite; replace them or leave the case out"
        elif not inside.size:
            what = "is zero everywhere; export the sequence anew or leave the case out"
        elif inside.max() <= 0:
            what = "has no positive voxel; shift its intensities, N4 takes their logarithm"
        elif inside.min() == inside.max():
            what = f"is {inside[0]} wherever it is not zero, like a mask; replace the file"
        else:
            continue
        problems.append(f"{path}: {sequence} {what}")
    return problems


def _label_problems(files: CaseFiles, voxels: NDArray[np.generic]) -> list[str]:
    """Check the values of the labels."""
    try:
        to_classes(voxels, enhancing=files.enhancing, layout=files.layout)
    except ValueError as error:
        return [f"{files.labels}: {error}; correct the labels or leave the case out"]
    return []
