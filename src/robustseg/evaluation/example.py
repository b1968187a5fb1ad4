"""One axial slice of an evaluation, for the figures."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustseg.data.cohort import Cohort
from robustseg.evaluation.evaluation import Evaluated
from robustseg.evaluation.scores import dice_columns
from robustseg.runtime.files import atomic_path


class Example:
    """A slice of the case with the largest last region, or of the first such case.

    The last region of BraTS is the enhancing tumor. The slice is the one with the most labeled
    voxels, where the last region counts twice.
    """

    def __init__(self, cohort: Cohort) -> None:
        """Start without a case."""
        self.cohort = cohort
        self.size = -1
        self.arrays: dict[str, Any] = {}

    def update(self, evaluated: Evaluated, labels: Tensor) -> None:
        """Take a slice of one of these cases, if its last region is larger than the kept one.

        Args:
            evaluated: some cases.
            labels: their true class indices ``(N, D, H, W)``.
        """
        classes = torch.tensor(list(self.cohort.regions.values())[-1], device=labels.device)
        last = torch.isin(labels, classes)
        sizes = last.flatten(1).sum(1).tolist()
        if max(sizes) <= self.size:
            return
        self.size = max(sizes)
        index = sizes.index(self.size)
        truth = labels[index]
        level = int(((truth > 0).sum((0, 1)) + last[index].sum((0, 1))).argmax())
        row = evaluated.rows[index]
        self.arrays = {
            "image": evaluated.adversarial[index, ..., level].cpu().numpy(),
            "prediction": evaluated.prediction[index, ..., level].cpu().numpy().astype(np.uint8),
            "labels": truth[..., level].cpu().numpy().astype(np.uint8),
            "dice": np.array([row[name] for name in dice_columns(self.cohort)], dtype=np.float64),
            "case": np.array(row["case"]),
        }

    def write(self, path: str) -> None:
        """Write the slice as npz.

        Arrays: image float32 ``(C, X, Y)``, prediction and labels uint8 ``(X, Y)``, dice float64
        of the whole case, one per region, and the name of the case.
        """
        with atomic_path(path) as temporary:
            np.savez(temporary, **self.arrays)
