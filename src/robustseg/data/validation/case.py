"""Problems and remarks of the files of a case."""

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import BRATS, Cohort
from robustseg.data.labels import to_classes
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.layouts.msd import MSD_VOLUMES
from robustseg.data.nifti import read_orientation, read_volume
from robustseg.data.preprocessing.background import has_halo, zero_background
from robustseg.data.preprocessing.windows import foreground as foreground_of
from robustseg.data.thumbnails import thumbnail
from robustseg.data.validation.grid import affine_problem, grid_problem, tilt, type_problem
from robustseg.data.validation.intensities import (
    intensity_facts,
    intensity_problem,
    is_skull_stripped,
)
from robustseg.data.validation.labels import class_volumes, label_remarks, place_problem
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path

_Grid = tuple[str, tuple[int, ...], NDArray[np.float64]]


@dataclass(frozen=True)
class CaseReport:
    """The results of the validation of one case.

    Attributes:
        case: its name.
        problems: reasons why the case is unusable, one line each: `<file>: <what>; <what to do>`.
        remarks: unusual properties that do no harm.
        facts: shape, spacing in mm, orientation of the file, extremes of the intensities, brain
            and tumor volumes in ml; unreadable values are missing.
        contents: sequence -> [file, SHA-256 of its voxels], for usable sequences.
        marked: file of the labels and SHA-256 of its class indices, if any voxel is labeled.
        thumbnail: PNG of the sequences and the labels in base64; empty if none is usable.
    """

    case: str
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    contents: dict[str, list[str]] = field(default_factory=dict)
    marked: list[str] = field(default_factory=list)
    thumbnail: str = ""


def check_case(files: CaseFiles, cohort: Cohort) -> CaseReport:
    """Read every voxel of a case and report on it; problems in its data raise no exception.

    These properties are checked: every file is complete and readable, and has three axes (four in
    the "msd" layout), a known position, and the grid of the first. Sequences differ, are finite and
    have contrast. Labels have known values and lie in the brain.
    """
    report = CaseReport(files.case)
    volumes, labels = _read(files, report, cohort)
    if not volumes:
        return report
    settled = {name: zero_background(volume, name, cohort) for name, volume in volumes.items()}
    foreground = foreground_of(settled, cohort)
    del settled
    taken = "background" if cohort.bias_correction == "n4" else "tissue: set them to zero there"
    report.remarks.extend(
        f"{sequence} has tiny values around the head, as a spline leaves them; they are taken for "
        f"{taken}"
        for sequence, volume in volumes.items()
        if sequence not in cohort.windows and has_halo(volume)
    )
    _note_brain(report, foreground, cohort)
    classes = None if labels is None else _check_labels(files, labels, foreground, report, cohort)
    report.contents.update(
        (sequence, [str(files.sequences[sequence]), _digest(volume)])
        for sequence, volume in volumes.items()
    )
    _compare_sequences(report)
    if classes is not None and classes.any():
        report.marked.extend((str(files.labels), _digest(classes)))
    return replace(report, thumbnail=thumbnail(volumes, classes, cohort))


def write_report(path: Path, report: CaseReport) -> None:
    """Write a report as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(report), ensure_ascii=False), encoding="utf-8")


def read_report(path: Path) -> CaseReport:
    """Read what `write_report` wrote."""
    return CaseReport(**json.loads(Path(path).read_text(encoding="utf-8")))


def _read(
    files: CaseFiles, report: CaseReport, cohort: Cohort
) -> tuple[dict[str, NDArray[np.generic]], NDArray[np.generic] | None]:
    """Return the usable sequences and the labels, and report the problems of the others."""
    volumes: dict[str, NDArray[np.generic]] = {}
    labels = None
    first: _Grid | None = None
    forms: dict[str, list[str]] = defaultdict(list)
    for path in files.paths:
        is_labels = path == files.labels
        try:
            voxels, affine = read_volume(path, labels=is_labels)
        except InputError as error:
            report.problems.append(str(error))
            continue
        wrong = type_problem(voxels, msd=files.layout == "msd" and not is_labels)
        wrong = wrong or affine_problem(affine)
        if not wrong and first is not None:
            wrong = grid_problem(voxels.shape[:3], affine, *first)
        if wrong:
            report.problems.append(f"{path}: {wrong}")
            continue
        if first is None:
            first = (path.name, voxels.shape[:3], affine)
            _note_grid(report, path, first)
        forms[_disagreement(path)].append(path.name)
        if is_labels:
            labels = voxels
        else:
            volumes |= _sequences(files, path, voxels, report, cohort)
    report.remarks.extend(
        f"{name}: {what}" + (f" (so in {', '.join(others)})" if others else "")
        for what, (name, *others) in forms.items()
        if what
    )
    return volumes, labels


def _sequences(
    files: CaseFiles,
    path: Path,
    voxels: NDArray[np.generic],
    report: CaseReport,
    cohort: Cohort,
) -> dict[str, NDArray[np.generic]]:
    """Return the usable sequences of one file."""
    usable, volumes = {}, files.volumes or MSD_VOLUMES
    for sequence in (s for s in cohort.sequences if files.sequences[s] == path):
        volume = voxels[..., volumes[sequence]] if files.layout == "msd" else voxels
        if wrong := intensity_problem(volume, sequence, cohort):
            report.problems.append(f"{path}: {sequence} {wrong}")
        else:
            usable[sequence] = volume
            report.facts[sequence] = intensity_facts(volume)
    return usable


def _check_labels(
    files: CaseFiles,
    labels: NDArray[np.generic],
    foreground: NDArray[np.bool_],
    report: CaseReport,
    cohort: Cohort,
) -> NDArray[np.uint8] | None:
    """Return the class indices, or None if the labels have unknown values."""
    try:
        classes = to_classes(
            labels,
            enhancing=files.enhancing,
            layout=files.layout,
            cohort=cohort,
            stated=files.values,
        )
    except ValueError as error:
        report.problems.append(f"{files.labels}: {error}; correct the labels")
        return None
    if wrong := place_problem(classes, foreground, cohort):
        report.problems.append(f"{files.labels}: {wrong}")
    else:
        report.remarks.extend(label_remarks(classes, foreground, cohort))
    if (
        cohort.of_tumors
        and files.enhancing == "auto"
        and (classes == BRATS.classes.index("enhancing")).any()
    ):
        report.facts["enhancing_label"] = round(float(labels.max()))
    report.facts["tumor_ml"] = class_volumes(
        classes, voxel_ml=report.facts["voxel_ml"], cohort=cohort
    )
    return classes


def _note_grid(report: CaseReport, path: Path, grid: _Grid) -> None:
    _, shape, affine = grid
    spacing = [round(float(length), 4) for length in np.linalg.norm(affine[:3, :3], axis=0)]
    orientation, stated = read_orientation(path)
    report.facts.update(
        shape=list(shape),
        spacing_mm=spacing,
        orientation=orientation,
        voxel_ml=float(abs(np.linalg.det(affine[:3, :3])) / 1000),
    )
    if not stated:
        report.remarks.append(f"the header tells no orientation; {orientation} is assumed")
    if (degrees := tilt(affine)) > 1:
        report.remarks.append(f"axes lie {degrees:.0f} degrees off the body's; taken as they are")
    if max(spacing) > 1.5 * min(spacing):
        report.remarks.append("voxels are not cubic: the crop is stretched to the sample's cube")


def _disagreement(path: Path) -> str:
    """Return how the orientations of the two header forms differ; empty if they agree."""
    _, stated = read_orientation(path)
    if len(set(stated.values())) < 2:
        return ""
    return (
        f"sform says {stated['sform']}, qform {stated['qform']}; the sform is taken: check left "
        "and right, and correct the header"
    )


def _note_brain(report: CaseReport, foreground: NDArray[np.bool_], cohort: Cohort) -> None:
    report.facts["brain_share"] = round(float(foreground.mean()), 4)
    report.facts["brain_ml"] = float(foreground.sum() * report.facts["voxel_ml"])
    report.facts["skull_stripped"] = is_skull_stripped(foreground)
    if not report.facts["skull_stripped"] and not cohort.of_tumors:
        report.remarks.append("hardly a voxel is background: the crop keeps the whole volume")
    elif not report.facts["skull_stripped"]:
        report.remarks.append(
            "hardly a voxel is zero: not skull-stripped; N4 and crop take all for brain"
        )


def _compare_sequences(report: CaseReport) -> None:
    """Report sequences of one case that are copies of each other."""
    seen: dict[str, str] = {}
    for sequence, (path, digest) in report.contents.items():
        if (other := seen.setdefault(digest, sequence)) != sequence:
            report.problems.append(
                f"{path}: {sequence} has the voxels of {other}; replace the one that is wrong"
            )


def _digest(volume: NDArray[np.generic]) -> str:
    """Return the SHA-256 of a volume's shape and values, independent of their type in the file."""
    values = np.ascontiguousarray(volume, dtype=np.float32)
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()
