"""The soft Dice loss between voxelwise class probabilities, one value per case."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class DiceLoss:
    r"""``1 - mean over classes of (2 sum(pq) + s) / (sum(p) + sum(q) + s)``.

    Attributes:
        include_background: include class 0 in the mean.
        squared: use ``sum(p^2) + sum(q^2)`` as the denominator (Milletari et al. 2016). With
            soft targets only this form is minimized at ``p = q``.
        smooth: the small positive ``s``.
    """

    include_background: bool = True
    squared: bool = False
    smooth: float = 1e-5

    def __call__(self, probabilities: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each case, shape ``(N,)``, within [0, 1].

        Args:
            probabilities: ``(N, classes, D, H, W)``, summing to 1 over the classes.
            target: one-hot or soft labels of the same shape.
        """
        first = 0 if self.include_background else 1
        p, q = probabilities[:, first:].flatten(2), target[:, first:].flatten(2)
        overlap = (p * q).sum(-1)
        sizes = (p * p + q * q).sum(-1) if self.squared else (p + q).sum(-1)
        dice = (2 * overlap + self.smooth) / (sizes + self.smooth)
        return 1 - dice.mean(-1)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Turn class indices ``(N, D, H, W)`` into float32 ``(N, classes, D, H, W)``."""
    return functional.one_hot(labels.long(), classes).movedim(-1, 1).float()
