"""One axial slice of an evaluation, for the figures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from robustseg.data.labels import CLASSES
from robustseg.data.samples import read_sample
from robustseg.files import atomic_path
from robustseg.metrics.evaluation import Evaluated

ENHANCING = CLASSES.index("enhancing")


def find_example(samples: Sequence[str]) -> int:
    """Return the index of the sample with the largest enhancing tumour, the first of equals."""
    sizes = [int((read_sample(Path(path)).labels == ENHANCING).sum()) for path in samples]
    return sizes.index(max(sizes))


def write_example(path: str, evaluated: Evaluated, labels: Tensor, index: int) -> None:
    """Write the slice with most tumour of case ``index``.

    Arrays: image float32 ``(C, X, Y)``, prediction and labels uint8 ``(X, Y)``, dice float64
    ``(3,)`` of the whole case (WT, TC, ET), and the case's name.

    Args:
        path: of the npz file.
        evaluated: the portion of the evaluation that holds the case.
        labels: true class indices ``(N, D, H, W)`` of the portion.
        index: of the case within the portion.
    """
    truth = labels[index]
    level = int(
        torch.stack([(truth > 0).sum((0, 1)), (truth == ENHANCING).sum((0, 1))]).sum(0).argmax()
    )
    row = evaluated.rows[index]
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            image=evaluated.adversarial[index, ..., level].cpu().numpy(),
            prediction=evaluated.prediction[index, ..., level].cpu().numpy().astype(np.uint8),
            labels=truth[..., level].cpu().numpy().astype(np.uint8),
            dice=np.array([row["dice_wt"], row["dice_tc"], row["dice_et"]], dtype=np.float64),
            case=np.array(row["case"]),
        )
