"""The layout of the Medical Segmentation Decathlon's Task01_BrainTumour."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from robustseg.data.labels import MSD_VALUES
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.layouts.msd_description import read_description

#: Sequence -> volume of the 4-D file: FLAIR, T1w, t1gd, T2w.
MSD_VOLUMES = {"flair": 0, "t1": 1, "t1gd": 2, "t2": 3}
_CHANNEL = re.compile(r".+_\d{4}")


def find_msd_cases(folder: Path, sequences: Sequence[str]) -> tuple[list[CaseFiles], list[str]]:
    """Return the cases of `imagesTr` that have labels, and one line for each problem.

    The files are paired by name and not by the list in `dataset.json`, so a part of the dataset is
    enough. Its `modality` and `labels` identify the volumes and the label values. The test images
    `imagesTs` have no labels and are ignored.
    """
    description = folder / "dataset.json"
    volumes, values, problems = read_description(description)
    # The published order and values need not be stored.
    volumes = {} if volumes == MSD_VOLUMES else volumes
    values = {} if values == MSD_VALUES else values
    files: dict[str, dict[str, Path]] = {}
    for name in ("imagesTr", "labelsTr"):
        try:
            files[name] = _nifti_files(folder / name, problems)
        except OSError as error:
            problems.append(
                f"{folder / name}: cannot be listed ({error.strerror}); unpack the whole of "
                "Task01_BrainTumour"
            )
    if len(files) < 2:
        return [], problems
    images, labels = files["imagesTr"], files["labelsTr"]
    if split := sorted(n for n in images if _CHANNEL.fullmatch(n) and n[:-5] in labels):
        first = images[split[0]]
        problems = [
            f"{first}: is a sequence in a file of its own, as in the raw layout of nnU-Net; list "
            "the files in a sheet (data.source: sheet; columns case, t1, t1gd, t2, flair, label)"
        ]
        return [], problems
    problems += [
        f"{images[case]}: case {case} has no file in labelsTr; add it or remove the case"
        for case in sorted(set(images) - set(labels))
    ]
    problems += [
        f"{labels[case]}: case {case} has no file in imagesTr; add it or remove the case"
        for case in sorted(set(labels) - set(images))
    ]
    cases = [
        CaseFiles(
            case=case,
            sequences=dict.fromkeys(sequences, images[case]),
            labels=labels[case],
            layout="msd",
            enhancing=3,
            volumes=volumes,
            values=values,
        )
        for case in sorted(set(images) & set(labels))
    ]
    return cases, problems


def _nifti_files(folder: Path, problems: list[str]) -> dict[str, Path]:
    """Return case name -> NIfTI file, without hidden files (macOS leaves "._" twins)."""
    files: dict[str, Path] = {}
    for name in sorted(os.listdir(folder)):
        case = name.removesuffix(".gz").removesuffix(".nii")
        if name.startswith(".") or not name.endswith((".nii", ".nii.gz")):
            continue
        if case in files:
            problems.append(f"{folder}: {files[case].name} and {name} are one case; keep one")
        files[case] = folder / name
    return files
