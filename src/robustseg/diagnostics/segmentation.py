"""Does the model segment at all? A training may end where a class was never learned."""

from typing import Any

from robustseg.diagnostics.subject import Subject


def segmentation(subject: Subject) -> dict[str, Any]:
    """Measure the Dice coefficient of every class on the clean volumes, over all cases at once.

    Minimizing a Dice loss can end in a poor minimum: a class is predicted where it never is, and
    its term of the loss stays at 1. A region may hide that, being a union of classes.

    Returns:
        ``classes``: those that some case has, without background; ``dice``: of each, in [0, 1];
        ``voxels``: how many are it, and ``predicted``: how many are said to be.
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
