"""The picture of the bias field correction of a case: one column per sequence."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.correction_record import CorrectionRecord
from robustseg.data.thumbnails import gray, upright
from robustseg.html.palette import BLACK, BLUE, GRAY, VERMILLION
from robustseg.runtime.files import atomic_path

PANEL, DPI = 0.95, 100  # inches per side, pixels per inch
STRONGEST = 0.5
"""Deviation of the field's logarithm from its mean that saturates the colors."""
FIELD_COLORS = LinearSegmentedColormap.from_list("field", [BLUE, "white", VERMILLION])


def write_pictures(folder: Path, records: Mapping[str, CorrectionRecord], cohort: Cohort) -> None:
    """Write ``<case>.png`` of every case into ``folder``; equal pictures have equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for case, record in records.items():
        with atomic_path(folder / f"{case}.png") as temporary:
            draw(record, cohort).savefig(temporary, format="png", metadata={"Software": None})


def draw(record: CorrectionRecord, cohort: Cohort) -> Figure:
    """Draw slices before, after and of the field, and the histograms of one case.

    Without bias correction there are slices and histograms only.
    """
    corrected = cohort.bias_correction != "none"
    rows, columns = 4 if corrected else 2, len(cohort.sequences)
    figure = Figure(figsize=(PANEL * columns, PANEL * rows + 0.15), dpi=DPI)
    panels = figure.subplots(rows, columns, squeeze=False)
    top = 1 - 0.18 / figure.get_figheight()
    figure.subplots_adjust(left=0, bottom=0.01, right=1, top=top, wspace=0.04, hspace=0.04)
    after = record.before / np.exp(record.log_field)
    for place, sequence in enumerate(cohort.sequences):
        shown = panels[:, place]
        shown[0].set_title(sequence, size=8, pad=2)
        shown[0].imshow(gray(record.before[place]))
        if corrected:
            shown[1].imshow(gray(after[place]))
            brain, log_field = record.before[place] != 0, record.log_field[place]
            relative = np.where(brain, log_field - log_field[brain].mean(), 0)
            limits = {"vmin": -STRONGEST, "vmax": STRONGEST}
            shown[2].imshow(upright(relative), cmap=FIELD_COLORS, **limits)
        for counts, color in zip(record.histograms[place], (GRAY, BLACK), strict=True):
            shown[-1].plot(counts, color=color, linewidth=0.8)
    for axes in panels.flat:
        axes.set_axis_off()
    return figure
