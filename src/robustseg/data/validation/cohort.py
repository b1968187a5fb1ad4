"""Treatment of the cases that fail the validation: an error, or skipping them by name."""

import csv
from collections.abc import Sequence
from pathlib import Path

from robustseg.data.split.split import Split, size_problems
from robustseg.runtime.errors import InputErrors


def invalid_cases(path: str | Path) -> dict[str, list[str]]:
    """Return the problems of every invalid case, by case.

    Args:
        path: the table of `robustseg.data.validation.table.write_validation`.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        return {
            row["case"]: row["problems"].splitlines()
            for row in csv.DictReader(file)
            if row["status"] == "invalid"
        }


def skipped_remarks(path: str | Path | None) -> list[str]:
    """Return the footer line that names skipped cases, if any.

    Args:
        path: table of `write_validation` of a study that skips invalid cases, or None.
    """
    invalid = invalid_cases(path) if path else {}
    if not invalid:
        return []
    number = f"{len(invalid)} case{'s' if len(invalid) > 1 else ''}"
    return [f"Skipped as invalid ({number}, see validation.csv): {', '.join(sorted(invalid))}."]


def accept(
    path: Path, *, on_invalid: str, train: Sequence[str], test: Sequence[str], min_test_cases: int
) -> list[str]:
    """Return the lines that name skipped cases, or raise the problems of the cohort.

    Args:
        path: table of `write_validation`.
        on_invalid: `error` or `skip`.
        train: the training cases, the skipped ones included.
        test: the test cases, the skipped ones included.
        min_test_cases: least number of valid test cases.

    Raises:
        InputErrors: with `error` every problem of every case; with `skip` too few cases.
    """
    invalid = invalid_cases(path)
    problems = [problem for case in sorted(invalid) for problem in invalid[case]]
    if not problems:
        return []
    if on_invalid == "error":
        raise InputErrors(problems)
    left = Split(
        train=tuple(case for case in train if case not in invalid),
        test=tuple(case for case in test if case not in invalid),
    )
    if few := size_problems(left, min_test_cases=min_test_cases):
        raise InputErrors([*problems, *few])
    return [f"skipped: {problem}" for problem in problems]
