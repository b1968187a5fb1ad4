"""The layouts of the BraTS challenges, 2017 to 2023."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from robustseg.data.labels import EnhancingLabel
from robustseg.data.layouts.case_files import CaseFiles

#: Suffix of a file's name -> its contents, and the label value of enhancing tumor.
_SUFFIXES: Mapping[str, tuple[str, EnhancingLabel]] = {
    "t1": ("t1", "auto"),
    "t1ce": ("t1gd", "auto"),
    "t1gd": ("t1gd", "auto"),
    "t2": ("t2", "auto"),
    "flair": ("flair", "auto"),
    "t1n": ("t1", 3),
    "t1c": ("t1gd", 3),
    "t2w": ("t2", 3),
    "t2f": ("flair", 3),
    "seg": ("labels", "auto"),
}
_FILE_NAME = re.compile(
    rf"^(?P<case>.+)[_-](?P<suffix>{'|'.join(_SUFFIXES)})\.nii(\.gz)?$", re.IGNORECASE | re.DOTALL
)
#: Folders of high-grade and low-grade gliomas from 2017 to 2019.
_GRADES = ("HGG", "LGG")
_Found = tuple[str, EnhancingLabel, Path]


def find_brats_cases(folder: Path, sequences: Sequence[str]) -> tuple[list[CaseFiles], list[str]]:
    """Return the complete cases below a folder, and one line for each problem of the others.

    Files of other sequences than ``sequences`` are ignored.
    """
    problems: list[str] = []

    def report(error: OSError) -> None:
        problems.append(f"{error.filename}: cannot be listed ({error.strerror}); make it readable")

    cases = []
    seen = {os.path.realpath(folder)}
    for place, folders, names in os.walk(folder, onerror=report, followlinks=True):
        if not folders and not names and Path(place) != folder:
            problems.append(f"{place}: empty folder; put the case's files there or remove it")
        # A folder with the name of a file is treated as that file and rejected later.
        names += [name for name in folders if _FILE_NAME.match(name)]
        folders[:] = [
            name
            for name in sorted(set(folders) - set(names))
            if _is_new(os.path.join(place, name), seen)
        ]
        groups: dict[str, list[_Found]] = defaultdict(list)
        strangers = []
        for name in sorted(names):
            if name.startswith("."):  # macOS leaves "._" twins; unfinished downloads are hidden
                continue
            if match := _FILE_NAME.match(name):
                kind, enhancing = _SUFFIXES[match["suffix"].lower()]
                groups[match["case"]].append((kind, enhancing, Path(place, name)))
            elif name.endswith((".nii", ".nii.gz")):
                strangers.append(name)
        if strangers and not groups:
            problems.append(
                f"{place}: {', '.join(strangers)} end in no known suffix; rename them to "
                "<case>_t1.nii.gz, _t1ce, _t2, _flair and _seg, or move them away"
            )
        for case, found in groups.items():
            files, wrong = _assemble(Path(place), case, found, strangers, sequences)
            cases += [files] if files else []
            problems += wrong
    return cases, problems


def _is_new(path: str, seen: set[str]) -> bool:
    """Tell whether to enter a folder: it is not hidden and was not entered through another link."""
    real = os.path.realpath(path)
    if os.path.basename(path).startswith(".") or real in seen:
        return False
    seen.add(real)
    return True


def _assemble(
    place: Path, case: str, found: list[_Found], strangers: list[str], sequences: Sequence[str]
) -> tuple[CaseFiles | None, list[str]]:
    """Make a case from the files with its name, or return why that is impossible."""
    by_kind: dict[str, list[Path]] = defaultdict(list)
    for kind, _, path in found:
        by_kind[kind].append(path)
    problems = []
    for kind in (*sequences, "labels"):
        what = "file of labels (_seg)" if kind == "labels" else f"{kind} file"
        if kind not in by_kind:
            rename = f", rename {' or '.join(strangers)}" if strangers else ""
            problems.append(
                f"{place}: case {case} has no {what}; add it{rename} or remove the case"
            )
        elif len(by_kind[kind]) > 1:
            names = " and ".join(path.name for path in by_kind[kind])
            problems.append(f"{place}: {names} are both a {what} of {case}; keep one of them")
    if problems:
        return None, problems
    known = {enhancing for _, enhancing, _ in found} - {"auto"}
    files = CaseFiles(
        case=case,
        sequences={sequence: by_kind[sequence][0] for sequence in sequences},
        labels=by_kind["labels"][0],
        layout="brats",
        enhancing=known.pop() if known else "auto",
        stratum=next((part for part in reversed(place.parts) if part in _GRADES), ""),
    )
    return files, []
