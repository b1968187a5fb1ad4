"""Sizes of the regions in the test cases. The Dice of an empty region is 1 or 0."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robustseg.data.cohort import Cohort
from robustseg.data.samples import read_sample
from robustseg.runtime.files import atomic_path


def write_region_sizes(path: str | Path, samples: Sequence[str], cohort: Cohort) -> None:
    """Write ``case`` and the number of voxels of every region in the truth, one row per case.

    Args:
        path: of the CSV file.
        samples: files named after their cases.
        cohort: the cohort of the cases.

    Raises:
        InputError: a sample is damaged.
    """
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", *cohort.regions))
        for sample in map(Path, samples):
            labels = read_sample(sample, cohort).labels
            sizes = [int(np.isin(labels, classes).sum()) for classes in cohort.regions.values()]
            writer.writerow((sample.stem, *sizes))


def empty_remarks(path: str | Path) -> list[str]:
    """Return the footer line that names the regions that are empty in some cases, if any.

    Args:
        path: table of `write_region_sizes`.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    regions = [column for column in rows[0] if column != "case"] if rows else []
    there = {region: sum(row[region] != "0" for row in rows) for region in regions}
    some = [
        f"{region} is there in {n} of {len(rows)}" for region, n in there.items() if n < len(rows)
    ]
    if not some:
        return []
    return [
        f"In the network's input, {', '.join(some)} test cases. Where a region is not there, its "
        "Dice is 1 if the network predicts none of it, else 0."
    ]
