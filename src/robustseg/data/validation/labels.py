"""What may be wrong with the labels of a case, and how much tumour they mark."""

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort

#: Largest share of the tumour that may lie where every sequence is zero.
OUTSIDE = 0.5
#: Largest share of the brain that labels may call tumour.
LARGEST = 0.75


def class_volumes(
    classes: NDArray[np.uint8], *, voxel_ml: float, cohort: Cohort
) -> dict[str, float]:
    """Return the volume of every class but the background in ml, by its name.

    Args:
        classes: class indices, (X, Y, Z).
        voxel_ml: volume of a voxel.
        cohort: the case is of.
    """
    counts = np.bincount(classes.ravel(), minlength=len(cohort.classes))
    volumes = dict(zip(cohort.classes, (counts * voxel_ml).tolist(), strict=True))
    return {name: volumes[name] for name in cohort.classes[1:]}


def place_problem(
    classes: NDArray[np.uint8], foreground: NDArray[np.bool_], cohort: Cohort
) -> str | None:
    """Say why labels cannot belong to the images whose voxels off the background are given.

    How much of the foreground may be labelled is known of tumours in a brain only.
    """
    tumour = classes > 0
    marked = int(tumour.sum())
    if not marked:
        return None
    outside = 1 - float(foreground[tumour].mean())
    if outside > OUTSIDE and not cohort.of_tumours:
        return (
            f"{100 * outside:.0f} % of the labelled voxels lie in the background of the images, as "
            "if the labels were mirrored or another case's; replace the file, or widen the window"
        )
    if outside > OUTSIDE:
        return (
            f"{100 * outside:.0f} % of the tumour lies outside the brain, as if the labels were "
            "mirrored or another case's; replace the file"
        )
    share = marked / int(foreground.sum())
    if cohort.of_tumours and share > LARGEST:
        return (
            f"labels call {100 * share:.0f} % of the brain tumour, as if classes were swapped; "
            "replace the file"
        )
    return None


def label_remarks(
    classes: NDArray[np.uint8], foreground: NDArray[np.bool_], cohort: Cohort
) -> list[str]:
    """Return what is unusual in usable labels."""
    tumour = classes > 0
    if not tumour.any():
        what = "no tumour" if cohort.of_tumours else "nothing"
        return [f"{what} is labelled: its Dice coefficients are 1 or 0"]
    remarks = []
    if outside := int((tumour & ~foreground).sum()):
        where = "tumour voxels lie outside the brain"
        if not cohort.of_tumours:
            where = "labelled voxels lie in the background"
        remarks.append(f"{outside} {where}")
    present = set(np.unique(classes).tolist())
    missing = [name for index, name in enumerate(cohort.classes) if index not in present]
    if missing:
        remarks.append(f"no voxel is labelled {', '.join(missing)}")
    return remarks
