"""Four of torch's layers computed another way: the same function, less work on a CPU."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from robustseg.models.winograd import OUTPUTS, convolve

WORTHWHILE = 2**23
"""Voxels x inputs x outputs from which Winograd's way is the faster one."""

SLAB = 2**18
"""Values of a case that are normalised at once, or a plane's if it has more."""


class InstanceNorm(nn.InstanceNorm3d):
    """Instance normalisation, affine, in the memory order of its input, channels-last or not.

    torch's own layer copies channels-last volumes there and back, and on a CPU its batch
    normalisation adds up their statistics plainly, to relative errors of 1e-4 at 64^3 voxels:
    nothing beside the rounding of bfloat16, but float32 volumes need better sums.
    """

    def __init__(self, channels: int) -> None:
        """Start with weights of one and biases of zero."""
        super().__init__(channels, affine=True)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise ``(N, C, D, H, W)``, each channel of each case by itself.

        Raises:
            ValueError: a channel of a case is a single voxel.
        """
        if features.shape[2:].numel() == 1:
            raise ValueError(f"instance normalisation of one voxel (shape {tuple(features.shape)})")
        if features.device.type == "cpu" and features.dtype in (torch.float32, torch.float64):
            normalise = cast(Callable[..., Tensor], _Normalise.apply)
            return normalise(features, self.weight, self.bias, self.eps)
        # The batch statistics of a batch of one are the instance's.
        cases = [
            functional.batch_norm(
                case, None, None, self.weight, self.bias, training=True, eps=self.eps
            )
            for case in features.split(1)
        ]
        return torch.cat(cases)


class _Normalise(torch.autograd.Function):
    """``(x - mean) / sqrt(variance + eps) * weight + bias``, its derivative in closed form.

    With c = x - mean and s = 1 / sqrt(variance + eps), an output gradient g becomes
    ``weight s (g - mean(g) - c s^2 mean(g c))``. All is computed slab by slab: what lies between
    input and output is small, and goes less often through memory.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
        slabs, result = _slabs(features), torch.empty_like(features)
        mean = _mean(iter(slabs), features)
        scale = (_mean(((slab - mean).square() for slab in slabs), features) + eps).rsqrt()
        ctx.save_for_backward(features, mean, scale, weight)
        factor, offset = scale * _as_channels(weight), _as_channels(bias)
        for slab, there in zip(slabs, _slabs(result), strict=True):
            torch.sub(slab, mean, out=there).mul_(factor).add_(offset)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        features, mean, scale, weight = ctx.saved_tensors
        slabs, slopes = _slabs(features), _slabs(gradient)
        of_features = torch.empty_like(features)
        average = _mean(iter(slopes), gradient)
        products = (slope * (slab - mean) for slab, slope in zip(slabs, slopes, strict=True))
        product = _mean(products, gradient)
        along, factor = product * scale.square(), scale * _as_channels(weight)
        for slab, slope, there in zip(slabs, slopes, _slabs(of_features), strict=True):
            torch.sub(slope, average, out=there)
            there.addcmul_(slab - mean, along, value=-1).mul_(factor)
        voxels = gradient[0, 0].numel()
        return (
            of_features,
            voxels * (product * scale).sum((0, 2, 3, 4)) if ctx.needs_input_grad[1] else None,
            voxels * average.sum((0, 2, 3, 4)) if ctx.needs_input_grad[2] else None,
            None,
        )


def _slabs(features: Tensor) -> tuple[Tensor, ...]:
    """Return the volumes cut along depth, as few as keep a case's slab within `SLAB` values."""
    planes = SLAB // features[0, :, 0].numel()
    return torch.split(features, max(1, planes), dim=2)


def _mean(slabs: Iterator[Tensor], features: Tensor) -> Tensor:
    """Return the mean of each channel of each case, ``(N, C, 1, 1, 1)``, of slabs of volumes."""
    total = sum(slab.sum((2, 3, 4), keepdim=True) for slab in slabs)
    return cast(Tensor, total / features[0, 0].numel())


def _as_channels(parameter: Tensor) -> Tensor:
    return parameter.view(1, -1, 1, 1, 1)


class CubicConv(nn.Conv3d):
    """A convolution with a kernel of three and zeros around, without a bias."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        """Draw weights as torch does."""
        super().__init__(inputs, outputs, 3, stride=stride, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, inputs, D, H, W)`` to ``(N, outputs, D, H, W)``, a stride of two to halves."""
        plain = features.device.type != "cpu" or torch.is_autocast_enabled("cpu")
        products = features.shape[2:].numel() * self.in_channels * self.out_channels
        if (
            plain
            or features.ndim != 5
            or features.dtype != torch.float32
            or self.stride != (1, 1, 1)
            or features.shape[2] % OUTPUTS
            or products < WORTHWHILE
        ):
            return super().forward(features)
        return convolve(features, self.weight)


class PointwiseConv(nn.Conv3d):
    """A convolution with a kernel of one: the product of a matrix with the channels of a voxel.

    torch has no fast way for it on a CPU, where channels-last volumes need no copy for the product.
    """

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        """Draw weights as torch does."""
        super().__init__(inputs, outputs, 1, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, inputs, D, H, W)`` to ``(N, outputs, D, H, W)``."""
        if features.device.type != "cpu":
            return super().forward(features)
        voxels = features.permute(0, 2, 3, 4, 1)
        product = functional.linear(voxels, self.weight.flatten(1), self.bias)
        return product.permute(0, 4, 1, 2, 3)


class UpsamplingConv(nn.Conv3d):
    """Nearest upsampling by two, then a convolution with a kernel of three and zeros around.

    On the upsampled grid neighbouring products share their voxel, so their weights can be added
    first: a transposed convolution of stride two with 2^3 = 8 products a voxel instead of 27.
    Along each axis the kernel (a, b, c) becomes (c, b + c, a + b, a).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        """Draw weights as torch does; there is no bias."""
        super().__init__(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(N, inputs, D, H, W)`` to ``(N, outputs, 2 D, 2 H, 2 W)``."""
        weight = self.weight
        for axis in range(3):
            before, after = [0] * 6, [0] * 6
            before[2 * axis] = after[2 * axis + 1] = 1
            weight = functional.pad(weight, before) + functional.pad(weight, after)
        kernel = weight.flip((2, 3, 4)).transpose(0, 1)
        return functional.conv_transpose3d(features, kernel, stride=2, padding=1)
