"""Cases from a sample sheet, for data in any other layout."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.labels import EnhancingLabel
from robustseg.data.layouts.case_files import CaseFiles

OPTIONAL = ("group", "stratum", "fold")
#: Only cohorts with this class have a label value of enhancing tumor.
OF_TUMORS = "enhancing"
_ENHANCING: Mapping[str, EnhancingLabel] = {"": "auto", "auto": "auto", "3": 3, "4": 4}


def sheet_columns(cohort: Cohort) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the required and the optional columns of a sheet."""
    optional = (*OPTIONAL, OF_TUMORS) if cohort.of_tumors else OPTIONAL
    return ("case", *cohort.sequences, "label"), optional


def read_sheet(path: Path, cohort: Cohort) -> tuple[list[CaseFiles], list[str]]:
    """Return the cases of a tab-separated sheet, and one line for each problem.

    Required columns: `case`, a file for each sequence of the cohort, and `label`. Optional columns:
    `group` (cases of one group, such as a patient's, stay on one side of the split), `stratum`
    (the split is balanced by it), `fold` (an integer) and, with the classes of BraTS, `enhancing`
    (the label value of enhancing tumor, 3 or 4; if blank, the one that occurs). Paths are relative
    to the sheet.
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
    required, optional = sheet_columns(cohort)
    problems = list(_column_problems(path, columns, required, optional))
    if problems:
        return [], problems
    cases, lines = [], dict[str, int]()
    for line, row in enumerate(rows, start=2):
        if wrong := list(_row_problems(row, required)):
            problems += [f"{path}: line {line}: {problem}" for problem in wrong]
        elif (first := lines.setdefault(row["case"].strip(), line)) != line:
            problems.append(
                f"{path}: line {line}: case {row['case'].strip()} is also in line {first}; keep or "
                "rename one of them"
            )
        else:
            cases.append(_case(path.parent, row, cohort))
    return cases, problems


def _column_problems(
    path: Path, columns: list[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[str]:
    for name in required:
        if name not in columns:
            yield f"{path}: has no column {name}; add it (columns are separated by tabs)"
    for name in dict.fromkeys(columns):
        if name not in (*required, *optional):
            yield f"{path}: column {name!r} is unknown; it may have {', '.join(optional)} besides"
        if columns.count(name) > 1:
            yield f"{path}: column {name} occurs twice; keep one"


def _row_problems(row: Mapping[str | None, object], required: tuple[str, ...]) -> Iterator[str]:
    if None in row or any(value is None for value in row.values()):
        yield "has not as many cells as the header; correct the tabs"
        return
    for name in required:
        if not str(row[name]).strip():
            yield f"{name} is empty; fill it in or remove the line"
    fold = str(row.get("fold", "")).strip()
    if fold and not (fold.isascii() and fold.isdigit()):
        yield f"fold {fold!r} is not a number from 0 on; correct it"
    if (enhancing := str(row.get("enhancing", "")).strip()) not in _ENHANCING:
        yield f"enhancing {enhancing!r} is neither 3 nor 4; correct it or leave it blank"


def _case(folder: Path, row: Mapping[str, str], cohort: Cohort) -> CaseFiles:
    cells = {name: value.strip() for name, value in row.items()}
    fold = cells.get("fold", "")
    return CaseFiles(
        case=cells["case"],
        sequences={s: folder / Path(cells[s]).expanduser() for s in cohort.sequences},
        labels=folder / Path(cells["label"]).expanduser(),
        layout="brats",
        enhancing=_ENHANCING[cells.get("enhancing", "")],
        group=cells.get("group", ""),
        stratum=cells.get("stratum", ""),
        fold=int(fold) if fold else None,
    )


def shared_files(cases: list[CaseFiles]) -> Iterator[str]:
    """Yield the files that a sheet lists twice."""
    seen: dict[Path, str] = {}
    for files in cases:
        named = [*files.sequences.items(), ("label", files.labels)]
        for kind, path in named:
            place = f"{kind} of {files.case}"
            if (other := seen.setdefault(path, place)) != place:
                yield f"{path}: is both the {other} and the {place}; correct the sheet"
