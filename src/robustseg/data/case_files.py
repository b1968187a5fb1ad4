"""Where the files of one case are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robustseg.data.definition import BRATS, Cohort
from robustseg.data.labels import LABEL_SUFFIX, EnhancingLabel, Layout, file_suffix


@dataclass(frozen=True)
class CaseFiles:
    """Where one case's files are, and how to read them.

    Attributes:
        case: name of the case.
        sequences: sequence -> file. In the "msd" layout all are the same 4-D file.
        labels: file of the labels.
        layout: of the files.
        enhancing: label value of enhancing tumour; "auto" where the file names leave it open.
        group: the patient, where the dataset tells; empty leaves it to the case's name.
        stratum: what the split is balanced by, such as the grade; empty where nothing tells.
        fold: of a cross-validation, where the dataset tells.
    """

    case: str
    sequences: Mapping[str, Path]
    labels: Path
    layout: Layout
    enhancing: EnhancingLabel
    group: str = ""
    stratum: str = ""
    fold: int | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return every file once, the labels last."""
        return tuple(dict.fromkeys((*self.sequences.values(), self.labels)))

    def as_json(self) -> dict[str, Any]:
        """Return what reading the case takes, as strings, numbers and dicts of them."""
        return {
            "case": self.case,
            "sequences": {sequence: str(path) for sequence, path in self.sequences.items()},
            "labels": str(self.labels),
            "layout": self.layout,
            "enhancing": self.enhancing,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "CaseFiles":
        """Return the case that `as_json` wrote, without its place in the split."""
        return cls(
            case=values["case"],
            sequences={sequence: Path(path) for sequence, path in values["sequences"].items()},
            labels=Path(values["labels"]),
            layout=values["layout"],
            enhancing=values["enhancing"],
        )


def canonical_files(folder: Path, case: str, cohort: Cohort = BRATS) -> CaseFiles:
    """Return the files of a canonical case folder, `<folder>/<case>_{t1,...,seg}.nii.gz`."""
    return CaseFiles(
        case=case,
        sequences={s: folder / f"{case}_{file_suffix(s)}.nii.gz" for s in cohort.sequences},
        labels=folder / f"{case}_{LABEL_SUFFIX}.nii.gz",
        layout="brats",
        enhancing=4,
    )
