"""From the values of label files to class indices and back, and names of files."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort

Layout = Literal["brats", "msd"]
EnhancingLabel = Literal[3, 4, "auto"]

#: Suffixes of files in a canonical case folder that differ from the names of their sequences.
_FILE_SUFFIXES: Mapping[str, str] = {"t1gd": "t1ce"}
LABEL_SUFFIX = "seg"
MSD_VALUES: Mapping[int, int] = {0: 0, 1: 2, 2: 1, 3: 3}
"""Label value -> class index in Task01_BrainTumour of the Medical Segmentation Decathlon."""


def file_suffix(sequence: str) -> str:
    """Return the suffix of a sequence's file in a canonical case folder."""
    return _FILE_SUFFIXES.get(sequence, sequence)


def to_classes(
    array: NDArray[np.generic],
    *,
    enhancing: EnhancingLabel = "auto",
    layout: Layout = "brats",
    cohort: Cohort,
    stated: Mapping[int, int] | None = None,
) -> NDArray[np.uint8]:
    """Turn the values of a label file into class indices.

    Args:
        array: label values of any shape; floats that lie within 0.01 of an integer are fine.
        enhancing: BraTS value of the enhancing tumor: 4 (until 2021), 3 (2023), or "auto" for
            whichever of the two occurs.
        layout: "msd" numbers the classes differently (1 edema, 2 non-enhancing, 3 enhancing).
        cohort: the cohort of the labels. If its classes are not those of BraTS, it states the
            values, and ``enhancing`` and ``layout`` have no effect.
        stated: label value -> class index of tumors, if the dataset states it.

    Returns:
        uint8 class indices of the same shape: 0 background; of BraTS, 1 necrotic or
        non-enhancing, 2 edema, 3 enhancing.

    Raises:
        ValueError: a value is not in the known set, or 3 and 4 both occur under "auto" (BraTS
            up to 2015 numbers the non-enhancing core 3).
    """
    values, inverse = _distinct(np.asarray(array))
    if cohort.of_tumors:
        known = dict(stated or _known_values(values, enhancing=enhancing, layout=layout))
    else:
        known = {label: index for index, label in enumerate(cohort.labels)}
    table = np.zeros(len(values), dtype=np.uint8)
    for position, value in enumerate(values):
        nearest = round(value) if np.isfinite(value) else None
        if nearest is None or abs(value - nearest) > 0.01 or nearest not in known:
            raise ValueError(f"label value {value:g} is not one of {sorted(known)}")
        table[position] = known[nearest]
    classes: NDArray[np.uint8] = table[inverse].reshape(np.shape(array))
    return classes


def to_nifti_labels(classes: NDArray[np.uint8], cohort: Cohort) -> NDArray[np.unsignedinteger[Any]]:
    """Turn class indices into the cohort's label values, in the smallest sufficient type."""
    values = np.array(cohort.labels, dtype=np.min_scalar_type(max(cohort.labels)))
    return values[classes]


def _distinct(array: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Return the distinct values, sorted, and the position of every element's value among them."""
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
        return dict(MSD_VALUES)
    shared = {0: 0, 1: 1, 2: 2}
    if enhancing != "auto":
        return shared | {enhancing: 3}
    if np.any(np.abs(values - 3.0) <= 0.01) and np.any(np.abs(values - 4.0) <= 0.01):
        raise ValueError("label values 3 and 4 both occur, so neither is known to be enhancing")
    return shared | {3: 3, 4: 3}
