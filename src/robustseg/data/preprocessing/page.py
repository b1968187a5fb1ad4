"""The page of the preprocessing: the effect of N4 on every sequence of every case."""

from collections.abc import Iterable, Mapping

import numpy as np

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.correction_record import CorrectionRecord
from robustseg.data.preprocessing.pictures import STRONGEST
from robustseg.html.pages import render

_HEAD = ("Case", "Before, after, field, histograms", "Field", "Spread", "N4 (s)")
_UNCORRECTED = ("Case", "Slices, histograms")


def preprocessing_page(
    records: Mapping[str, CorrectionRecord], *, folder: str, shrink: int, cohort: Cohort
) -> str:
    """Return the page as HTML, cases with the strongest field first.

    Args:
        records: by case.
        folder: of the pictures (see `robustseg.data.preprocessing.pictures`), from the page.
        shrink: N4's sampling step, in voxels.
        cohort: the cohort of the cases; without bias correction the page shows slices and
            histograms.
    """
    corrected = cohort.bias_correction != "none"
    order = sorted(records, key=lambda case: (-_strength(records[case]) * corrected, case))
    return render(
        "preprocessing.html",
        title="Bias field correction" if corrected else "Intensities of the cases",
        corrected=corrected,
        folder=folder,
        shrink=shrink,
        strongest=f"{np.exp(STRONGEST):.2f}",
        seconds=f"{sum(record.seconds.sum() for record in records.values()):.0f}",
        lost={case: ", ".join(r.lost) for case, r in sorted(records.items()) if r.lost.size},
        head=_HEAD if corrected else _UNCORRECTED,
        rows=[
            {"case": case, "texts": _texts(records[case], cohort) if corrected else ()}
            for case in order
        ],
    )


def _strength(record: CorrectionRecord) -> float:
    return float(np.log(record.field_range[:, 1] / record.field_range[:, 0]).max())


def _texts(record: CorrectionRecord, cohort: Cohort) -> list[list[str]]:
    """Return the lines of the columns beside the picture."""

    def lines(values: Iterable[str]) -> list[str]:
        return [f"{name} {value}" for name, value in zip(cohort.sequences, values, strict=True)]

    return [
        lines(f"{low:.2f} to {high:.2f}" for low, high in record.field_range),
        lines(f"{before:.2f} → {after:.2f}" for before, after in record.spread),
        lines(f"{seconds:.2f}" for seconds in record.seconds),
    ]
