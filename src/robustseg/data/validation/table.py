"""The table of the validation: one row per case, which later steps read."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.validation.case import CaseReport
from robustseg.runtime.files import atomic_path


def columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the columns of the table; only brain cohorts have a column for skull-stripping."""
    brain = ("skull_stripped", "brain_share", "brain_ml")
    extremes = ("min", "mean", "max")
    return (
        *("case", "status", "split", "problems", "remarks"),
        *("shape", "spacing_mm", "orientation"),
        *(brain if cohort.of_tumors else ("foreground_share", "foreground_ml")),
        *(f"{name}_ml" for name in cohort.classes[1:]),
        *(f"{sequence}_{extreme}" for sequence in cohort.sequences for extreme in extremes),
        *(f"{sequence}_sha256" for sequence in cohort.sequences),
    )


def write_validation(
    path: Path,
    reports: Sequence[CaseReport],
    split: Mapping[str, str],
    cohort: Cohort,
) -> None:
    """Write the table of `columns`, sorted by case; status is `valid` or `invalid`.

    Several problems or remarks of a case are lines of one cell; unknown values are blank.

    Args:
        path: of the CSV file.
        reports: one per case.
        split: case -> `train` or `test`.
        cohort: the cohort of the cases.
    """
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns(cohort), restval="", lineterminator="\n")
        writer.writeheader()
        for report in sorted(reports, key=lambda report: report.case):
            writer.writerow(_row(report, split.get(report.case, ""), cohort))


def _row(report: CaseReport, side: str, cohort: Cohort) -> dict[str, object]:
    facts = report.facts
    row: dict[str, object] = {
        "case": report.case,
        "status": "invalid" if report.problems else "valid",
        "split": side,
        "problems": "\n".join(report.problems),
        "remarks": "\n".join(report.remarks),
        "shape": "x".join(map(str, facts.get("shape", ()))),
        "spacing_mm": "x".join(f"{length:g}" for length in facts.get("spacing_mm", ())),
        "orientation": facts.get("orientation", ""),
    }
    if "brain_ml" in facts:
        what = "brain" if cohort.of_tumors else "foreground"
        row |= {
            f"{what}_share": facts["brain_share"],
            f"{what}_ml": f"{facts['brain_ml']:.3f}",
        }
        if cohort.of_tumors:
            row["skull_stripped"] = "yes" if facts["skull_stripped"] else "no"
    for name, volume in facts.get("tumor_ml", {}).items():
        row[f"{name}_ml"] = f"{volume:.3f}"
    for sequence in cohort.sequences:
        for extreme, value in facts.get(sequence, {}).items():
            row[f"{sequence}_{extreme}"] = f"{value:.6g}"
        if sequence in report.contents:
            row[f"{sequence}_sha256"] = report.contents[sequence][1]
    return row
