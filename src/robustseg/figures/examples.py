"""One slice of an attacked case, its prediction and its truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustseg.data.cohort import Cohort
from robustseg.runtime.errors import InputError


@dataclass(frozen=True)
class Example:
    """An axial slice of a case under one attack on one model.

    Attributes:
        model: name of the model.
        attack: name of the attack.
        epsilon: its epsilon; 0 is the clean image.
        case: name of the case.
        image: attacked input, ``(C, X, Y)``, x to the right and y to the front of the patient.
        prediction: class indices, ``(X, Y)``.
        labels: true class indices, ``(X, Y)``.
        dice: of the whole case, one per region.
    """

    model: str
    attack: str
    epsilon: float
    case: str
    image: NDArray[np.float32]
    prediction: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    dice: NDArray[np.float64]


def read_example(
    path: str | Path, *, model: str, attack: str, epsilon: float, cohort: Cohort
) -> Example:
    """Read the example that an evaluation keeps beside its scores (npz without objects).

    Raises:
        InputError: an array is missing or shapes do not fit.
    """
    with np.load(path, allow_pickle=False) as arrays:
        missing = {"image", "prediction", "labels", "dice", "case"} - set(arrays.files)
        if missing:
            raise InputError(
                f"{path}: arrays {', '.join(sorted(missing))} are missing; evaluate {model} again"
            )
        example = Example(
            model=model,
            attack=attack,
            epsilon=epsilon,
            case=str(arrays["case"]),
            image=arrays["image"],
            prediction=arrays["prediction"],
            labels=arrays["labels"],
            dice=arrays["dice"],
        )
    plane = example.labels.shape
    channels = len(cohort.sequences)
    if example.image.shape != (channels, *plane) or example.prediction.shape != plane:
        raise InputError(f"{path}: image and labels differ in shape; evaluate {model} again")
    return example


def check_same_slice(examples: Sequence[Example]) -> None:
    """Check that the examples show the same slice of the same case.

    Raises:
        InputError: there is none, or two differ in case or in their true labels.
    """
    if not examples:
        raise InputError("examples: none was given; evaluate at least one attack with examples")
    first = examples[0]
    for other in examples[1:]:
        if other.case != first.case or not np.array_equal(other.labels, first.labels):
            raise InputError(
                f"examples: {first.model}/{first.attack} and {other.model}/{other.attack} show "
                "different slices; evaluate them with the same example case"
            )
