"""Evaluations as CSV files, one per model, attack and epsilon, and the long table of all."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.runtime.files import atomic_path

QUALITY = ("psnr", "ssim", "rmse")


def dice_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the columns of the Dice coefficients, one per region."""
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


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as text."""
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def join(
    path: str | Path,
    evaluations: Mapping[tuple[str, str, str], str | Path],
    *,
    threat_model: str,
    iterations: bool = False,
    cohort: Cohort,
) -> None:
    """Write the rows of all ``evaluations`` with the columns model, attack and epsilon first.

    Args:
        path: of the long table.
        evaluations: (model, attack, epsilon) -> its file of scores or of iterates.
        threat_model: stated in the last column of every row.
        iterations: the files are those of iterates.
        cohort: the cohort of the cases.
    """
    columns = iteration_columns(cohort) if iterations else score_columns(cohort)
    rows = (
        {"model": model, "attack": attack, "epsilon": epsilon, **row, "threat_model": threat_model}
        for (model, attack, epsilon), file in evaluations.items()
        for row in read_rows(file)
    )
    write_rows(path, rows, ("model", "attack", "epsilon", *columns, "threat_model"))
