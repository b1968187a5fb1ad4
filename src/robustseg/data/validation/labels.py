"""Problems of the labels of a case, and the volumes of its classes."""

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort

#: Largest share of the tumor in voxels where every sequence is zero.
OUTSIDE = 0.5
#: Largest share of the brain that is labeled as tumor.
LARGEST = 0.75


def class_volumes(
    classes: NDArray[np.uint8], *, voxel_ml: float, cohort: Cohort
) -> dict[str, float]:
    """Return the volume of every class except the background in ml, by its name.

    Args:
        classes: class indices, (X, Y, Z).
        voxel_ml: volume of a voxel.
        cohort: the cohort of the case.
    """
    counts = np.bincount(classes.ravel(), minlength=len(cohort.classes))
    volumes = dict(zip(cohort.classes, (counts * voxel_ml).tolist(), strict=True))
    return {name: volumes[name] for name in cohort.classes[1:]}


def place_problem(
    classes: NDArray[np.uint8], foreground: NDArray[np.bool_], cohort: Cohort
) -> str | None:
    """Return why labels cannot belong to the images with the given foreground.

    Only tumors in a brain have a known largest share of the foreground.
    """
    tumor = classes > 0
    marked = int(tumor.sum())
    if not marked:
        return None
    outside = 1 - float(foreground[tumor].mean())
    if outside > OUTSIDE and not cohort.of_tumors:
        return (
            f"{100 * outside:.0f} % of the labeled voxels lie in the background of the images, as "
            "if the labels were mirrored or another case's; replace the file, or widen the window"
        )
    if outside > OUTSIDE:
        return (
            f"{100 * outside:.0f} % of the tumor lies outside the brain, as if the labels were "
            "mirrored or another case's; replace the file"
        )
    share = marked / int(foreground.sum())
    if cohort.of_tumors and share > LARGEST:
        return (
            f"labels call {100 * share:.0f} % of the brain tumor, as if classes were swapped; "
            "replace the file"
        )
    return None


def label_remarks(
    classes: NDArray[np.uint8], foreground: NDArray[np.bool_], cohort: Cohort
) -> list[str]:
    """Return remarks on usable labels."""
    tumor = classes > 0
    if not tumor.any():
        what = "no tumor" if cohort.of_tumors else "nothing"
        return [f"{what} is labeled: its Dice coefficients are 1 or 0"]
    remarks = []
    if outside := int((tumor & ~foreground).sum()):
        where = "tumor voxels lie outside the brain"
        if not cohort.of_tumors:
            where = "labeled voxels lie in the background"
        remarks.append(f"{outside} {where}")
    present = set(np.unique(classes).tolist())
    missing = [name for index, name in enumerate(cohort.classes) if index not in present]
    if missing:
        remarks.append(f"no voxel is labeled {', '.join(missing)}")
    return remarks
