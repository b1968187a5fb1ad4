"""The files of one case."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robustseg.data.cohort import Cohort
from robustseg.data.labels import LABEL_SUFFIX, EnhancingLabel, Layout, file_suffix

GZIP = b"\x1f\x8b"
GZIP_LEAST = 20
"""Least bytes of a gzipped file: a header of 10, contents, CRC-32 and length (RFC 1952)."""


@dataclass(frozen=True)
class CaseFiles:
    """The files of one case, and how to read them.

    Attributes:
        case: name of the case.
        sequences: sequence -> file. In the "msd" layout all are the same 4-D file.
        labels: file of the labels.
        layout: of the files.
        enhancing: label value of enhancing tumor; "auto" if the file names do not show it.
        volumes: in the "msd" layout sequence -> volume of the 4-D file, where `dataset.json` has
            another order than Task01_BrainTumour.
        values: label value -> class index, where `dataset.json` has others than
            Task01_BrainTumour.
        group: the patient, if the dataset states it; empty to use the case's name.
        stratum: for balancing the split, such as the grade; empty if unknown.
        fold: of a cross-validation, if the dataset states it.
    """

    case: str
    sequences: Mapping[str, Path]
    labels: Path
    layout: Layout
    enhancing: EnhancingLabel
    volumes: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[int, int] = field(default_factory=dict)
    group: str = ""
    stratum: str = ""
    fold: int | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return every file once, the labels last."""
        return tuple(dict.fromkeys((*self.sequences.values(), self.labels)))

    @property
    def contents(self) -> list[list[int]]:
        """Return two numbers per file of `paths` that change with its contents.

        For a gzipped file they are its size and the CRC-32 at its end, because a corrected file may
        have an old date. For any other file they are its size and its date in nanoseconds.
        """
        return [_contents(path) for path in self.paths]

    def as_json(self) -> dict[str, Any]:
        """Return everything needed to read the case, as strings, numbers and dicts of them."""
        values = {str(value): index for value, index in self.values.items()}
        stated = {"volumes": dict(self.volumes), "values": values}
        return {
            **{key: value for key, value in stated.items() if value},
            "case": self.case,
            "sequences": {sequence: str(path) for sequence, path in self.sequences.items()},
            "labels": str(self.labels),
            "layout": self.layout,
            "enhancing": self.enhancing,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "CaseFiles":
        """Return the case that `as_json` wrote, without its group, stratum and fold."""
        return cls(
            case=values["case"],
            sequences={sequence: Path(path) for sequence, path in values["sequences"].items()},
            labels=Path(values["labels"]),
            layout=values["layout"],
            enhancing=values["enhancing"],
            volumes=values.get("volumes", {}),
            values={int(value): index for value, index in values.get("values", {}).items()},
        )


def _contents(path: Path) -> list[int]:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if file.read(2) != GZIP or status.st_size < GZIP_LEAST:
            return [status.st_size, status.st_mtime_ns]
        file.seek(-8, os.SEEK_END)
        return [status.st_size, int.from_bytes(file.read(4), "little")]


def canonical_files(folder: Path, case: str, cohort: Cohort) -> CaseFiles:
    """Return the files of a canonical case folder, `<folder>/<case>_{t1,...,seg}.nii.gz`."""
    return CaseFiles(
        case=case,
        sequences={s: folder / f"{case}_{file_suffix(s)}.nii.gz" for s in cohort.sequences},
        labels=folder / f"{case}_{LABEL_SUFFIX}.nii.gz",
        layout="brats",
        enhancing=4,
    )
