"""Test of the clean segmentation: a training may end without having learned a class."""

from typing import Any

from robustseg.diagnostics.subject import Subject


def segmentation(subject: Subject) -> dict[str, Any]:
    """Measure the Dice coefficient of every class on the clean volumes, over all cases at once.

    Minimizing a Dice loss can end in a poor minimum: a class is predicted in the wrong places, and
    its term of the loss stays at 1. A region may hide this, because it is a union of classes.

    Returns:
        ``classes``: those in some case, without background; ``dice``: of each, in [0, 1];
        ``voxels``: the true number of voxels, and ``predicted``: the predicted one.
    """
    prediction = subject.logits(subject.image).argmax(1)
    found: dict[str, list[Any]] = {"classes": [], "dice": [], "voxels": [], "predicted": []}
    for index, name in enumerate(subject.cohort.classes):
        true, said = subject.labels == index, prediction == index
        voxels, predicted = int(true.sum()), int(said.sum())
        if index and voxels:
            overlap = int((true & said).sum())
            values = (name, 2 * overlap / (voxels + predicted), voxels, predicted)
            for key, value in zip(found, values, strict=True):
                found[key].append(value)
    return found
