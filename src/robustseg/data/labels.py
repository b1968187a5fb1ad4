"""Names and numbers of sequences, classes and regions, used alike in every room."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Layout = Literal["brats", "msd"]
EnhancingLabel = Literal[3, 4, "auto"]

SEQUENCES = ("t1", "t1gd", "t2", "flair")
CLASSES = ("background", "necrotic", "oedema", "enhancing")
REGIONS: Mapping[str, tuple[int, ...]] = {"wt": (1, 2, 3), "tc": (1, 3), "et": (3,)}

#: Class index -> value in the label files of a canonical case folder.
NIFTI_LABELS: Mapping[int, int] = {0: 0, 1: 1, 2: 2, 3: 4}

#: Sequence -> suffix of its file in a canonical case folder; the labels end in LABEL_SUFFIX.
FILE_SUFFIXES: Mapping[str, str] = {"t1": "t1", "t1gd": "t1ce", "t2": "t2", "flair": "flair"}
LABEL_SUFFIX = "seg"


def to_classes(
    array: NDArray[np.generic], *, enhancing: EnhancingLabel, layout: Layout = "brats"
) -> NDArray[np.uint8]:
    """Turn the values of a label file into class indices.

    Args:
        array: label values of any shape; floats that lie within 0.01 of an integer are fine.
        enhancing: BraTS value of the enhancing tumour: 4 (until 2021), 3 (2023), or "auto" for
            whichever of the two occurs.
        layout: "msd" numbers the classes differently (1 oedema, 2 non-enhancing, 3 enhancing).

    Returns:
        uint8 class indices of the same shape: 0 background, 1 necrotic or non-enhancing,
        2 oedema, 3 enhancing.

    Raises:
        ValueError: a value is not in the known set, or 3 and 4 both occur under "auto" (BraTS
            up to 2015 numbers the non-enhancing core 3).
    """
    values, inverse = _distinct(np.asarray(array))
    known = _known_values(values, enhancing=enhancing, layout=layout)
    table = np.zeros(len(values), dtype=np.uint8)
    for position, value in enumerate(values):
        nearest = round(value) if np.isfinite(value) else None
        if nearest is None or abs(value - nearest) > 0.01 or nearest not in known:
            raise ValueError(f"label value {value:g} is not one of {sorted(known)}")
        table[position] = known[nearest]
    classes: NDArray[np.uint8] = table[inverse].reshape(np.shape(array))
    return classes


def to_nifti_labels(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn class indices into the values of a canonical case folder: 0, 1, 2 and 4."""
    values = np.array([NIFTI_LABELS[index] for index in range(len(CLASSES))], dtype=np.uint8)
    return values[classes]


def _distinct(array: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Return the values that occur, sorted, and the position of every element's among them."""
    if array.dtype.kind in "iu" and array.size:
        least, spread = int(array.min()), int(array.max()) - int(array.min())
        if spread < 256:  # counting takes a tenth of the time of sorting
            offsets = (array - array.dtype.type(least)).astype(np.uint8)
            occurs = np.bincount(offsets.ravel(), minlength=256) > 0
            positions = (np.cumsum(occurs) - 1).astype(np.uint8)
            return np.flatnonzero(occurs).astype(np.float64) + least, positions[offsets]
    values, inverse = np.unique(array, return_inverse=True)
    return values.astype(np.float64), inverse


def _known_values(
    values: NDArray[np.float64], *, enhancing: EnhancingLabel, layout: Layout
) -> dict[int, int]:
    """Return label value -> class index."""
    if layout == "msd":
        return {0: 0, 1: 2, 2: 1, 3: 3}
    shared = {0: 0, 1: 1, 2: 2}
    if enhancing != "auto":
        return shared | {enhancing: 3}
    if np.any(np.abs(values - 3.0) <= 0.01) and np.any(np.abs(values - 4.0) <= 0.01):
        raise ValueError("label values 3 and 4 both occur, so neither is known to be enhancing")
    return shared | {3: 3, 4: 3}
