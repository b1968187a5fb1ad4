"""The Dice coefficient of a region."""

from collections.abc import Sequence

import torch
from torch import Tensor


def dice(prediction: Tensor, labels: Tensor, region: Sequence[int]) -> Tensor:
    """Return ``2 |P & L| / (|P| + |L|)`` of each case, float64 ``(N,)`` within [0, 1].

    If neither prediction nor truth has a voxel of the region, the prediction is right and the score
    is 1, as in the BraTS evaluation. If only one of them has, the score is 0.

    Args:
        prediction: class indices ``(N, D, H, W)``.
        labels: true class indices of the same shape.
        region: the classes that make up the region.
    """
    classes = torch.tensor(region, device=labels.device)
    predicted = torch.isin(prediction, classes).flatten(1)
    true = torch.isin(labels, classes).flatten(1)
    overlap = (predicted & true).sum(1).double()
    sizes = (predicted.sum(1) + true.sum(1)).double()
    return torch.where(sizes > 0, 2 * overlap / sizes.clamp(min=1), 1.0)
