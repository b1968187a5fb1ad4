"""Convolutions with a kernel of 3x3x3 in half the products: Winograd's F(4, 3) along depth.

Four neighbouring outputs of a convolution with three taps take twelve products, or six (Winograd
1980; Lavin and Gray, CVPR 2016): those of six sums of the six inputs with six sums of the taps.
Here the inputs are planes and the products convolutions of planes with 3x3 taps. Rounding errors
are a few times those of the plain convolution, and grow with the largest of the six planes.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.nn.grad import conv3d_weight

OUTPUTS = 4
PLANES = OUTPUTS + 2

# Toom-Cook at 0, 1, -1, 2, -2 and infinity: output = O ((W taps) * (I input)).
INPUT_SUMS = (
    *((4, 0, -5, 0, 1, 0), (0, -4, -4, 1, 1, 0), (0, 4, -4, -1, 1, 0)),
    *((0, -2, -1, 2, 1, 0), (0, 2, -1, -2, 1, 0), (0, 4, 0, -5, 0, 1)),
)
TAP_SUMS = (
    *((1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6)),
    *((1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0, 0, 1)),
)
OUTPUT_SUMS = (
    *((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0)),
    *((0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
)

BLOCK = 2**18
"""Values of each of the six sums that are convolved at once, or a plane's if it has more."""


def convolve(features: Tensor, weight: Tensor) -> Tensor:
    """Return the convolution of ``features`` with ``weight``, zeros around, of the same shape.

    Args:
        features: ``(N, inputs, D, H, W)``, D a multiple of four; fast in channels-last order.
        weight: ``(outputs, inputs, 3, 3, 3)``.

    Returns:
        ``(N, outputs, D, H, W)`` in channels-last order. It can be differentiated once.
    """
    result: Tensor = _Convolution.apply(features, weight)  # type: ignore[no-untyped-call]
    return result


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(features if weight.requires_grad else None, weight)
        return _convolve(features, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        features, weight = ctx.saved_tensors
        of_features = of_weight = None
        with torch.autocast(gradient.device.type, enabled=False):
            if ctx.needs_input_grad[0]:
                of_features = _convolve(gradient, weight.flip((2, 3, 4)).transpose(0, 1))
            if ctx.needs_input_grad[1]:
                of_weight = conv3d_weight(features, weight.shape, gradient, padding=1)
        return of_features, of_weight


def _convolve(features: Tensor, weight: Tensor) -> Tensor:
    cases, inputs, depth, height, width = features.shape
    outputs = len(weight)
    input_sums, tap_sums, output_sums = map(
        features.new_tensor, (INPUT_SUMS, TAP_SUMS, OUTPUT_SUMS)
    )
    # (6, outputs, 3, 3, inputs), and planes as rows of (H, W, channels): all channels-last.
    taps = (tap_sums @ weight.permute(2, 0, 3, 4, 1).flatten(1)).view(-1, outputs, 3, 3, inputs)
    planes = features.permute(0, 2, 3, 4, 1).reshape(cases, depth, -1)
    result = torch.empty(
        (cases, outputs, depth, height, width),
        dtype=features.dtype,
        device=features.device,
        memory_format=torch.channels_last_3d,
    )
    together = min(max(1, BLOCK // planes.shape[2]), depth // OUTPUTS)
    summed = features.new_empty(PLANES, together, height, width, inputs)
    products = features.new_empty(PLANES, together, height, width, outputs)
    written = result.permute(0, 2, 3, 4, 1).view(cases, depth, -1)
    for case, there in zip(planes, written, strict=True):
        for first in range(0, depth, OUTPUTS * together):
            starts = range(first, min(first + OUTPUTS * together, depth), OUTPUTS)
            for position, start in enumerate(starts):
                # One plane before and one after the outputs'; none beyond the volume.
                low, high = max(start - 1, 0), min(start + OUTPUTS + 1, depth)
                columns = input_sums[:, low - start + 1 : high - start + 1]
                torch.mm(columns, case[low:high], out=summed[:, position].flatten(1))
            for plane, kernel, product in zip(summed, taps, products, strict=True):
                some = plane[: len(starts)].permute(0, 3, 1, 2)
                convolved = functional.conv2d(some, kernel.permute(0, 3, 1, 2), padding=1)
                product[: len(starts)] = convolved.permute(0, 2, 3, 1)
            for position, start in enumerate(starts):
                rows = products[:, position].flatten(1)
                torch.mm(output_sums, rows, out=there[start : start + OUTPUTS])
    return result
