"""The page of the preprocessing: what N4 did to every sequence of every case."""

from collections.abc import Iterable, Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import BRATS, Cohort
from robustseg.data.preprocessing.correction_record import BINS, CorrectionRecord
from robustseg.data.thumbnails import grey, png
from robustseg.html.document import document, picture

_HEAD = ("Case", "Before, after, field", "Histograms", "Field", "Spread", "N4 (s)")
_WIDTH, _HEIGHT = 110, 44
_RED, _BLUE = (190, 30, 45), (30, 70, 160)
_STRONGEST = 0.5  # log field that saturates the colours


def preprocessing_page(
    records: Mapping[str, CorrectionRecord], *, shrink: int, cohort: Cohort = BRATS
) -> str:
    """Return the page as HTML that needs no other file, cases with the strongest field first.

    Args:
        records: by case.
        shrink: N4's sampling step, in voxels.
        cohort: the cases are of; without bias correction the page shows slices and histograms.
    """
    if cohort.bias_correction == "none":
        return _uncorrected(records, cohort)
    order = sorted(records, key=lambda case: (-_strength(records[case]), case))
    heads = "".join(f"<th>{escape(text)}</th>" for text in _HEAD)
    rows = "\n".join(_row(case, records[case], cohort) for case in order)
    seconds = sum(float(record.seconds.sum()) for record in records.values())
    return document(
        "Bias field correction",
        _losses(records)
        + f"<p>N4 with a step of {shrink} voxels (less on small volumes), for {len(records)} cases "
        f"in {seconds:.0f} s. In each picture: before, after, field, from top to bottom; "
        f"{', '.join(cohort.sequences)} from left to right. Field: white is its mean, blue darker, "
        f"red brighter (colours saturate at a factor of {np.exp(_STRONGEST):.2f}). Histograms of "
        "brain voxels: grey before, black after. Spread: standard deviation over mean of the brain "
        "voxels, before and after.</p>\n"
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>",
    )


def _uncorrected(records: Mapping[str, CorrectionRecord], cohort: Cohort) -> str:
    """Return the page of cases whose bias field was not corrected."""
    rows = []
    for case, record in sorted(records.items()):
        shown = png([np.concatenate([grey(plane) for plane in record.before], axis=1)])
        curves = "".join(map(_histogram, cohort.sequences, record.histograms))
        cells = (escape(case), picture(shown, f"slices of {case}"), curves)
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    heads = "".join(f"<th>{text}</th>" for text in ("Case", "Slices", "Histograms"))
    return document(
        "Intensities of the cases",
        _losses(records)
        + "<p>No bias field was corrected (cohort.bias_correction: none). In each picture "
        f"{', '.join(cohort.sequences)} from left to right, clipped to cohort.windows where there "
        "is one. Histograms: of all voxels but the background.</p>\n"
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table>",
    )


def _losses(records: Mapping[str, CorrectionRecord]) -> str:
    """Return a paragraph that says which classes resizing left no voxel of, if any."""
    lost = {case: ", ".join(record.lost) for case, record in records.items() if record.lost.size}
    if not lost:
        return ""
    named = "; ".join(f"{case}: {classes}" for case, classes in sorted(lost.items()))
    return (
        f"<p>Resizing left no voxel of a class in {len(lost)} of {len(records)} cases, whose Dice "
        f"is 1 or 0 where that empties a region: {escape(named)}. A larger preprocessing.size "
        "keeps them.</p>\n"
    )


def _strength(record: CorrectionRecord) -> float:
    return float(np.log(record.field_range[:, 1] / record.field_range[:, 0]).max())


def _row(case: str, record: CorrectionRecord, cohort: Cohort) -> str:
    after = record.before / np.exp(record.log_field)
    rows = [
        np.concatenate([grey(plane) for plane in record.before], axis=1),
        np.concatenate([grey(plane) for plane in after], axis=1),
        np.concatenate(list(map(_colours, record.log_field, record.before != 0)), axis=1),
    ]
    shown = png([np.concatenate(rows, axis=0)])
    curves = "".join(map(_histogram, cohort.sequences, record.histograms))
    cells = (
        escape(case),
        picture(shown, f"slices of {case}"),
        curves,
        _lines(cohort, (f"{low:.2f} to {high:.2f}" for low, high in record.field_range)),
        _lines(cohort, (f"{before:.2f} → {after:.2f}" for before, after in record.spread)),
        _lines(cohort, (f"{seconds:.2f}" for seconds in record.seconds)),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _lines(cohort: Cohort, values: Iterable[str]) -> str:
    lines = (f"{name} {value}" for name, value in zip(cohort.sequences, values, strict=True))
    return f'<div class="lines">{"<br>".join(lines)}</div>'


def _colours(log_field: NDArray[np.float32], brain: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a slice of the field as RGB: white at its mean, blue below, red above."""
    mean = float(log_field[brain].mean()) if brain.any() else 0.0
    relative = np.where(brain, log_field - mean, 0).T[::-1]
    strength = np.clip(relative / _STRONGEST, -1, 1)[..., None]
    colour = np.where(strength > 0, np.array(_RED), np.array(_BLUE))
    mixed: NDArray[np.uint8] = np.round(255 + (colour - 255.0) * np.abs(strength)).astype(np.uint8)
    return mixed


def _histogram(name: str, counts: NDArray[np.int64]) -> str:
    """Return the histograms before and after as a drawing."""
    highest = max(int(counts.max()), 1)
    lines = "".join(
        f'<polyline fill="none" stroke="{stroke}" points="{_points(values, highest)}"/>'
        for stroke, values in zip(("#bbb", "#1a1a1a"), counts, strict=True)
    )
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="histogram of {name}">'
        f'{lines}<text x="{_WIDTH - 2}" y="10" font-size="9" text-anchor="end">{name}</text></svg>'
    )


def _points(counts: NDArray[np.int64], highest: int) -> str:
    return " ".join(
        f"{position * _WIDTH / BINS:.0f},{_HEIGHT - 1 - count * (_HEIGHT - 2) / highest:.1f}"
        for position, count in enumerate(counts)
    )
