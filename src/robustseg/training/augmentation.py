"""Random rotation in the axial plane, flips and transposes of a training batch.

Axes 2 and 3 of ``(N, C, X, Y, Z)`` are the axial plane, axis 4 runs along the body.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random changes of a training case, drawn separately for each case of a batch.

    Attributes:
        rotation: largest angle in degrees, drawn uniformly from [-rotation, rotation].
        flips: axes to mirror with probability 1/2, from "x" (left-right), "y", "z".
        transpose: exchange x and y with probability 1/2.
    """

    rotation: float = 15
    flips: tuple[str, ...] = ("x", "y", "z")
    transpose: bool = True

    def __call__(
        self, image: Tensor, target: Tensor, *, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Transform image ``(N, C, X, Y, Z)`` and one-hot target ``(N, K, X, Y, Z)`` alike."""
        pairs = [self._one(case, mask, generator) for case, mask in zip(image, target, strict=True)]
        return torch.stack([pair[0] for pair in pairs]), torch.stack([pair[1] for pair in pairs])

    def _one(
        self, image: Tensor, target: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        draw = torch.rand(5, generator=generator).tolist()
        axes = [1 + i for i, axis in enumerate("xyz") if axis in self.flips and draw[i] < 0.5]
        image, target = image.flip(axes), target.flip(axes)
        if self.transpose and draw[3] < 0.5:
            image, target = image.transpose(1, 2), target.transpose(1, 2)
        if self.rotation:
            angle = self.rotation * (2 * draw[4] - 1)
            image = rotate(image, angle, mode="bilinear")
            target = rotate(target, angle, mode="nearest")
        return image, target


def rotate(volume: Tensor, degrees: float, *, mode: str) -> Tensor:
    """Rotate ``(C, X, Y, Z)`` in the plane of X and Y about its center.

    Voxels from outside repeat the border, which is background for a skull-stripped brain. A
    standardized background is not zero.
    """
    channels, x, y, z = volume.shape
    planes = volume.permute(0, 3, 1, 2).reshape(1, channels * z, x, y)
    angle = torch.deg2rad(torch.tensor(degrees))
    cosine, sine = angle.cos(), angle.sin()
    matrix = torch.stack([cosine, -sine, cosine * 0, sine, cosine, cosine * 0]).view(1, 2, 3)
    grid = functional.affine_grid(matrix, [1, 1, x, y], align_corners=False).to(volume)
    turned = functional.grid_sample(
        planes, grid, mode=mode, padding_mode="border", align_corners=False
    )
    return turned.reshape(channels, z, x, y).permute(0, 2, 3, 1)
