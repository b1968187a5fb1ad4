"""Finding the cases of a local dataset, whatever the challenge's year and layout."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.brats import find_brats_cases
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.layouts.case_names import collisions, name_problem
from robustseg.data.layouts.msd import find_msd_cases
from robustseg.data.layouts.sheet import read_sheet, shared_files
from robustseg.runtime.errors import InputErrors

__all__ = ["CaseFiles", "find_cases", "listed_cases"]

_WILDCARDS = frozenset("{}")


def find_cases(
    folder: Path, *, layout: Literal["auto", "brats", "msd"] = "auto", cohort: Cohort
) -> list[CaseFiles]:
    """Find all cases below a folder by their names; no image is opened.

    BraTS layouts of 2017 to 2023 are recognized by their suffixes. They may be at any depth and
    beside each other (`HGG/`, `LGG/`, several challenges). A folder with a `dataset.json` has the
    layout of the Medical Segmentation Decathlon ("msd", Task01_BrainTumour).

    Args:
        folder: where the dataset is.
        layout: of the dataset; "auto" detects it.
        cohort: the cases must have its sequences.

    Returns:
        The cases, sorted by name.

    Raises:
        InputErrors: every structural problem at once, one line each: no such folder, no case, a
            missing sequence or label file, two files for one, a broken link, a case name that
            occurs twice or cannot be used, an empty folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputErrors([f"{folder}: no such folder; correct the path or unpack the data there"])
    if not _WILDCARDS.isdisjoint(str(folder)):
        raise InputErrors([f"{folder}: has braces, Snakemake's wildcards, in its name; rename it"])
    if layout == "auto":
        layout = "msd" if (folder / "dataset.json").is_file() else "brats"
    find = find_msd_cases if layout == "msd" else find_brats_cases
    cases, problems = find(folder, cohort.sequences)

    if not cases and not problems:
        problems.append(
            f"{folder}: no case found; it needs files such as <case>_t1.nii.gz, _t1ce, _t2, "
            "_flair and _seg, or the imagesTr and labelsTr of Task01_BrainTumour"
        )
    return _checked(cases, problems)


def listed_cases(sheet: Path, cohort: Cohort) -> list[CaseFiles]:
    """Return the cases of a sample sheet (see `sheet.read_sheet`), sorted by name.

    Raises:
        InputErrors: every problem at once, one line each: columns, cells, missing or repeated
            files, a case name that occurs twice or cannot be used, no case.
    """
    cases, problems = read_sheet(sheet, cohort)
    problems += shared_files(cases)
    if not cases and not problems:
        problems.append(f"{sheet}: lists no case; add a line for each")
    return _checked(cases, problems)


def _checked(cases: list[CaseFiles], problems: list[str]) -> list[CaseFiles]:
    """Return the cases sorted by name, or raise all problems, also those between cases."""
    places: dict[str, list[Path]] = defaultdict(list)
    for case in cases:
        places[case.case].append(case.labels.parent)
    problems += [
        f"{first}: case {name} is also in {', '.join(map(str, others))}; keep or rename one of them"
        for name, (first, *others) in places.items()
        if others
    ]
    problems += [problem for case in cases for problem in _problems_of_files(case)]
    problems += [
        f"{places[case][0]}: case {case} differs from case {other} in upper and lower case only; "
        "rename one of them"
        for other, case in collisions(places)
    ]
    if problems:
        raise InputErrors(problems)
    return sorted(cases, key=lambda case: case.case)


def _problems_of_files(files: CaseFiles) -> Iterator[str]:
    """Yield the missing files, and a problem of the case's name."""
    if problem := name_problem(files.case):
        yield f"{files.labels.parent}: {problem}"
    elif braced := [path for path in files.paths if not _WILDCARDS.isdisjoint(str(path))]:
        yield f"{braced[0]}: has a brace in its path, a wildcard of Snakemake's; rename the folder"
        return
    for path in files.paths:
        # os.path returns False instead of raising if a parent folder cannot be entered.
        if os.path.isdir(path):
            yield f"{path}: is a folder; put the file in its place"
        elif os.path.islink(path) and not os.path.exists(path):
            yield f"{path}: is a link to nowhere; link it to the file or copy the file"
        elif not os.path.exists(path):
            yield f"{path}: no such file; add it or correct the path"
        elif not path.name.endswith((".nii", ".nii.gz")):
            yield f"{path}: is not called .nii or .nii.gz; convert it to NIfTI"
