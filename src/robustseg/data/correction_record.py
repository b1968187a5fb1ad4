"""What N4 did to a case, small enough to keep for every case."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.preprocessing import foreground_box
from robustseg.errors import InputError
from robustseg.files import atomic_path

BINS = 64
_SIDE = 88  # of a kept slice, at most


@dataclass(frozen=True)
class CorrectionRecord:
    """The correction of the sequences of one case, in the order of SEQUENCES.

    Attributes:
        before: float32 (4, H, W), one axial slice of every sequence, in scanner units.
        log_field: float32 (4, H, W), the logarithm of the field there; zero outside the brain.
        histograms: int64 (4, 2, BINS), brain voxels before and after, from 0 to `largest`.
        largest: float64 (4,), the upper ends of the histograms, in scanner units.
        spread: float64 (4, 2), standard deviation over mean of the brain voxels before and after.
        field_range: float64 (4, 2), least and largest factor of the field in the brain.
        seconds: float64 (4,), taken by N4.
    """

    before: NDArray[np.float32]
    log_field: NDArray[np.float32]
    histograms: NDArray[np.int64]
    largest: NDArray[np.float64]
    spread: NDArray[np.float64]
    field_range: NDArray[np.float64]
    seconds: NDArray[np.float64]


def record_correction(
    images: NDArray[np.float32],
    corrected: NDArray[np.float32],
    log_fields: list[NDArray[np.float32]],
    seconds: list[float],
) -> CorrectionRecord:
    """Summarise a correction.

    Args:
        images: (4, X, Y, Z) before, zero outside the brain.
        corrected: the same after.
        log_fields: four of (X, Y, Z).
        seconds: four.
    """
    box = foreground_box(np.any(images != 0, axis=0))
    middle = (box[2].start + box[2].stop) // 2
    step = -(-max(part.stop - part.start for part in box[:2]) // _SIDE)
    plane = (*(slice(part.start, part.stop, step) for part in box[:2]), middle)
    histograms, largest, spread, ranges = [], [], [], []
    for image, after, field in zip(images, corrected, log_fields, strict=True):
        brain = image != 0
        pair = image[brain], after[brain]
        largest.append(max(float(np.percentile(values, 99.5)) for values in pair))
        histograms.append(
            [np.histogram(values, BINS, (0, max(largest[-1], 1e-12)))[0] for values in pair]
        )
        spread.append([float(values.std() / values.mean()) for values in pair])
        ranges.append([float(np.exp(limit)) for limit in (field[brain].min(), field[brain].max())])
    shown = np.stack([image[plane] for image in images])
    return CorrectionRecord(
        before=shown,
        log_field=np.stack([field[plane] for field in log_fields]) * (shown != 0),
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
    except Exception as error:  # zipfile, zlib and numpy raise many kinds for a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: not a readable record ({reason}); delete it") from error
