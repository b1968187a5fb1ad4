"""What may be wrong with the labels of a case, and how much tumour they mark."""

import numpy as np
from numpy.typing import NDArray

from robustseg.data.labels import CLASSES

#: Largest share of the tumour that may lie where every sequence is zero.
OUTSIDE = 0.5
#: Largest share of the brain that labels may call tumour.
LARGEST = 0.75


def tumour_volumes(classes: NDArray[np.uint8], *, voxel_ml: float) -> dict[str, float]:
    """Return the volume of every tumour class in ml, by its name.

    Args:
        classes: class indices, (X, Y, Z).
        voxel_ml: volume of a voxel.
    """
    counts = np.bincount(classes.ravel(), minlength=len(CLASSES))
    return {name: float(counts[index] * voxel_ml) for index, name in enumerate(CLASSES) if index}


def place_problem(classes: NDArray[np.uint8], foreground: NDArray[np.bool_]) -> str | None:
    """Say why labels cannot belong to the images whose non-zero voxels are ``foreground``."""
    tumour = classes > 0
    marked = int(tumour.sum())
    if not marked:
        return None
    outside = 1 - float(foreground[tumour].mean())
    if outside > OUTSIDE:
        return (
            f"{100 * outside:.0f} % of the tumour lies outside the brain, as if the labels were "
            "mirrored or another case's; replace the file"
        )
    share = marked / int(foreground.sum())
    if share > LARGEST:
        return (
            f"labels call {100 * share:.0f} % of the brain tumour, as if classes were swapped; "
            "replace the file"
        )
    return None


def label_remarks(classes: NDArray[np.uint8], foreground: NDArray[np.bool_]) -> list[str]:
    """Return what is unusual in usable labels."""
    tumour = classes > 0
    if not tumour.any():
        return ["no tumour is labelled: its Dice coefficients are 1 or 0"]
    remarks = []
    if outside := int((tumour & ~foreground).sum()):
        remarks.append(f"{outside} tumour voxels lie outside the brain")
    present = set(np.unique(classes).tolist())
    missing = [name for index, name in enumerate(CLASSES) if index not in present]
    if missing:
        remarks.append(f"no voxel is labelled {', '.join(missing)}")
    return remarks
