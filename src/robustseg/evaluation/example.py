"""One axial slice of an evaluation, for the figures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from robustseg.data.cohort import BRATS, Cohort
from robustseg.data.samples import read_sample
from robustseg.evaluation.evaluation import Evaluated
from robustseg.evaluation.scores import dice_columns
from robustseg.runtime.files import atomic_path


def find_example(samples: Sequence[str], cohort: Cohort = BRATS) -> int:
    """Return the index of the sample with the largest last region, the first of equals.

    The last region of BraTS is the enhancing tumour.
    """
    last = list(cohort.regions.values())[-1]
    sizes = [int(np.isin(read_sample(Path(path), cohort).labels, last).sum()) for path in samples]
    return sizes.index(max(sizes))


def write_example(
    path: str, evaluated: Evaluated, labels: Tensor, index: int, cohort: Cohort = BRATS
) -> None:
    """Write the slice of case ``index`` that is labelled most, the last region counting twice.

    Arrays: image float32 ``(C, X, Y)``, prediction and labels uint8 ``(X, Y)``, dice float64
    of the whole case, one a region, and the case's name.

    Args:
        path: of the npz file.
        evaluated: the portion of the evaluation that holds the case.
        labels: true class indices ``(N, D, H, W)`` of the portion.
        index: of the case within the portion.
        cohort: the case is of.
    """
    truth = labels[index]
    last = torch.isin(truth, torch.tensor(list(cohort.regions.values())[-1], device=truth.device))
    level = int(torch.stack([(truth > 0).sum((0, 1)), last.sum((0, 1))]).sum(0).argmax())
    row = evaluated.rows[index]
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            image=evaluated.adversarial[index, ..., level].cpu().numpy(),
            prediction=evaluated.prediction[index, ..., level].cpu().numpy().astype(np.uint8),
            labels=truth[..., level].cpu().numpy().astype(np.uint8),
            dice=np.array([row[name] for name in dice_columns(cohort)], dtype=np.float64),
            case=np.array(row["case"]),
        )
