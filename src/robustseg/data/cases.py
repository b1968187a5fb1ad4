"""Finding the cases of a local dataset, whatever the challenge's year and layout."""

from collections import defaultdict
from pathlib import Path
from typing import Literal

from robustseg.data.case_files import CaseFiles
from robustseg.data.cases_brats import find_brats_cases
from robustseg.data.cases_msd import find_msd_cases
from robustseg.errors import InputErrors

__all__ = ["CaseFiles", "find_cases"]


def find_cases(
    folder: Path, *, layout: Literal["auto", "brats", "msd"] = "auto"
) -> list[CaseFiles]:
    """Find all cases below a folder by their names; no image is opened.

    BraTS layouts of 2017 to 2023 are told apart by their suffixes, and may lie at any depth and
    beside each other (`HGG/`, `LGG/`, several challenges). The layout is that of the Medical
    Segmentation Decathlon ("msd", Task01_BrainTumour) where the folder has a `dataset.json`.

    Args:
        folder: where the dataset is.
        layout: of the dataset; "auto" looks.

    Returns:
        The cases, sorted by name.

    Raises:
        InputErrors: every structural problem at once, one line each: no such folder, no case, a
            missing sequence or label file, two files for one, a case name that occurs twice, an
            empty folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputErrors([f"{folder}: no such folder; correct the path or unpack the data there"])
    if layout == "auto":
        layout = "msd" if (folder / "dataset.json").is_file() else "brats"
    cases, problems = (find_msd_cases if layout == "msd" else find_brats_cases)(folder)

    places: dict[str, list[Path]] = defaultdict(list)
    for case in cases:
        places[case.case].append(case.labels.parent)
    problems += [
        f"{first}: case {name} is also in {', '.join(map(str, others))}; keep or rename one of them"
        for name, (first, *others) in places.items()
        if others
    ]
    if not cases and not problems:
        problems.append(
            f"{folder}: no case found; it needs files such as <case>_t1.nii.gz, _t1ce, _t2, "
            "_flair and _seg, or the imagesTr and labelsTr of Task01_BrainTumour"
        )
    if problems:
        raise InputErrors(problems)
    return sorted(cases, key=lambda case: case.case)
