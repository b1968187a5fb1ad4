"""A small record of the bias field correction of a case."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.sample import foreground_box
from robustseg.data.preprocessing.windows import foreground, inside
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path

BINS = 64
_SIDE = 88  # largest side of a kept slice


@dataclass(frozen=True)
class CorrectionRecord:
    """The correction of the sequences of one case, in the order of the cohort.

    Attributes:
        before: float32 (C, H, W), one axial slice of every sequence, in scanner units.
        log_field: float32 (C, H, W), the logarithm of the field there; zero outside the brain.
        histograms: int64 (C, 2, BINS), brain voxels before and after, from 0 to `largest` (without
            correction from the least intensity).
        largest: float64 (C,), the upper ends of the histograms, in scanner units.
        spread: float64 (C, 2), standard deviation over mean of the brain voxels before and after;
            NaN without correction, whose intensities may have a mean of zero.
        field_range: float64 (C, 2), least and largest factor of the field in the brain.
        seconds: float64 (C,), the time of N4.
        lost: classes of the case that its sample lacks, as from `sample.lost_classes`.
    """

    before: NDArray[np.float32]
    log_field: NDArray[np.float32]
    histograms: NDArray[np.int64]
    largest: NDArray[np.float64]
    spread: NDArray[np.float64]
    field_range: NDArray[np.float64]
    seconds: NDArray[np.float64]
    lost: NDArray[np.str_] = field(default_factory=lambda: np.array([], dtype="U1"))


def record_correction(
    images: NDArray[np.float32],
    corrected: NDArray[np.float32],
    log_fields: list[NDArray[np.float32]],
    seconds: list[float],
    cohort: Cohort,
) -> CorrectionRecord:
    """Summarize a correction.

    Args:
        images: (C, X, Y, Z) before, zero outside the brain, or clipped to a window.
        corrected: the same after.
        log_fields: C of (X, Y, Z).
        seconds: C.
        cohort: the cohort of the case.
    """
    box = foreground_box(foreground(images, cohort))
    uncorrected = cohort.bias_correction == "none"
    middle = (box[2].start + box[2].stop) // 2
    step = -(-max(part.stop - part.start for part in box[:2]) // _SIDE)
    plane = (*(slice(part.start, part.stop, step) for part in box[:2]), middle)
    histograms, largest, spread, ranges = [], [], [], []
    for sequence, image, after, log_field in zip(
        cohort.sequences, images, corrected, log_fields, strict=True
    ):
        brain = inside(image, sequence, cohort)
        pair = image[brain], after[brain]
        largest.append(max(float(np.percentile(values, 99.5)) for values in pair))
        least = float(pair[0].min()) if uncorrected else 0.0
        # float32 cannot separate 64 bins if nearly all voxels have one value.
        span = (least, max(largest[-1], least + 1e-3 * abs(least) + 1e-12))
        histograms.append([np.histogram(values, BINS, span)[0] for values in pair])
        spread.append(
            [np.nan if uncorrected else float(values.std() / values.mean()) for values in pair]
        )
        ranges.append(
            [float(np.exp(limit)) for limit in (log_field[brain].min(), log_field[brain].max())]
        )
    shown = np.stack([image[plane] for image in images])
    return CorrectionRecord(
        before=shown,
        log_field=np.stack([log[plane] for log in log_fields]) * (shown != 0),
        histograms=np.array(histograms, dtype=np.int64),
        largest=np.array(largest),
        spread=np.array(spread),
        field_range=np.array(ranges),
        seconds=np.array(seconds),
    )


def write_record(path: Path, record: CorrectionRecord) -> None:
    """Write a record as a compressed npz."""
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **asdict(record))


def read_record(path: Path) -> CorrectionRecord:
    """Read what `write_record` wrote.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return CorrectionRecord(**{f.name: arrays[f.name] for f in fields(CorrectionRecord)})
    except Exception as error:  # zipfile, zlib and numpy raise many types for a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: not a readable record ({reason}); delete it") from error
