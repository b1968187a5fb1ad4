"""Two of torch's layers with the same function and less work on a CPU."""

from torch import Tensor, nn
from torch.nn import functional


class PointwiseConv(nn.Conv3d):
    """A convolution with a kernel of one, computed as a matrix product over channels.

    torch's own convolution is slow here on a CPU. Channels-last volumes need no copy for the
    product.
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
    """Nearest upsampling by two, then a convolution with a kernel of three and zero padding.

    On the upsampled grid, neighboring products share their voxel, so their weights can be added
    first. This gives a transposed convolution of stride two, with 2^3 = 8 products per voxel
    instead of 27.
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
