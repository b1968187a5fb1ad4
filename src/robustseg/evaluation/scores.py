"""Evaluations as CSV files, one a (model, attack, epsilon)."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.runtime.files import atomic_path

QUALITY = ("psnr", "ssim", "rmse")


def dice_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the columns of the Dice coefficients, one a region."""
    return tuple(f"dice_{region}" for region in cohort.regions)


def score_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the columns of an evaluation."""
    return ("case", *dice_columns(cohort), *QUALITY, "linf")


def iteration_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the columns of an evaluation's iterates."""
    return ("case", "iteration", *dice_columns(cohort), *QUALITY)


def _cell(value: object) -> str:
    if value is None:
        return ""
    # Nine digits carry a float32 exactly and hide the noise of a float64 sum.
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def write_rows(
    path: str | Path, rows: Iterable[Mapping[str, object]], columns: Sequence[str]
) -> None:
    """Write ``rows`` as CSV with ``columns``; None becomes an empty cell."""
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row[column]) for column in columns] for row in rows)
