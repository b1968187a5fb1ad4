"""Cases from a sample sheet, for data that follow no challenge's layout."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from robustseg.data.case_files import CaseFiles
from robustseg.data.labels import SEQUENCES, EnhancingLabel

REQUIRED = ("case", *SEQUENCES, "label")
OPTIONAL = ("group", "stratum", "fold", "enhancing")
_ENHANCING: Mapping[str, EnhancingLabel] = {"": "auto", "auto": "auto", "3": 3, "4": 4}


def read_sheet(path: Path) -> tuple[list[CaseFiles], list[str]]:
    """Return the cases of a tab-separated sheet, and one line for each problem.

    Columns: `case`, a file for each of `t1`, `t1gd`, `t2`, `flair` and `label`; and, as wanted,
    `group` (cases of one group, such as a patient's, stay on one side of the split), `stratum`
    (the split is balanced by it), `fold` (an integer) and `enhancing` (the label value of
    enhancing tumour, 3 or 4; blank for whichever occurs). Paths are relative to the sheet.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            columns = [column.strip() for column in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return [], [f"{path}: cannot be read ({reason}); give a tab-separated table in UTF-8"]
    problems = list(_column_problems(path, columns))
    if problems:
        return [], problems
    cases = []
    for line, row in enumerate(rows, start=2):
        if wrong := list(_row_problems(row)):
            problems += [f"{path}: line {line}: {problem}" for problem in wrong]
        else:
            cases.append(_case(path.parent, row))
    return cases, problems


def _column_problems(path: Path, columns: list[str]) -> Iterator[str]:
    for name in REQUIRED:
        if name not in columns:
            yield f"{path}: has no column {name}; add it (columns are separated by tabs)"
    for name in dict.fromkeys(columns):
        if name not in (*REQUIRED, *OPTIONAL):
            yield f"{path}: column {name!r} is unknown; it may have {', '.join(OPTIONAL)} besides"
        if columns.count(name) > 1:
            yield f"{path}: column {name} occurs twice; keep one"


def _row_problems(row: Mapping[str | None, object]) -> Iterator[str]:
    if None in row or any(value is None for value in row.values()):
        yield "has not as many cells as the header; correct the tabs"
        return
    for name in REQUIRED:
        if not str(row[name]).strip():
            yield f"{name} is empty; fill it in or remove the line"
    fold = str(row.get("fold", "")).strip()
    if fold and not (fold.isascii() and fold.isdigit()):
        yield f"fold {fold!r} is not a number from 0 on; correct it"
    if (enhancing := str(row.get("enhancing", "")).strip()) not in _ENHANCING:
        yield f"enhancing {enhancing!r} is neither 3 nor 4; correct it or leave it blank"


def _case(folder: Path, row: Mapping[str, str]) -> CaseFiles:
    cells = {name: value.strip() for name, value in row.items()}
    fold = cells.get("fold", "")
    return CaseFiles(
        case=cells["case"],
        sequences={s: folder / Path(cells[s]).expanduser() for s in SEQUENCES},
        labels=folder / Path(cells["label"]).expanduser(),
        layout="brats",
        enhancing=_ENHANCING[cells.get("enhancing", "")],
        group=cells.get("group", ""),
        stratum=cells.get("stratum", ""),
        fold=int(fold) if fold else None,
    )


def shared_files(cases: list[CaseFiles]) -> Iterator[str]:
    """Say which files stand in two places of a sheet."""
    seen: dict[Path, str] = {}
    for files in cases:
        named = [*files.sequences.items(), ("label", files.labels)]
        for kind, path in named:
            place = f"{kind} of {files.case}"
            if (other := seen.setdefault(path, place)) != place:
                yield f"{path}: is both the {other} and the {place}; correct the sheet"
