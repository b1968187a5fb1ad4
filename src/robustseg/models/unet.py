"""The residual 3-D U-Net with summed segmentation heads of Isensee et al. (BrainLes 2017).

Per encoder level: one strided convolution, then a context module (two convolutions around a
spatial dropout) added to its input. Per decoder level: upsampling and one convolution,
concatenation with the encoder's features, one 3x3x3 and one 1x1x1 convolution. One 1x1x1
segmentation head on each of the finest levels; the heads' outputs are upsampled and summed.
Every convolution is followed by instance normalization and leaky ReLU: a "block".
With five levels: 15 encoder blocks, 12 decoder blocks, 3 heads.
"""

from typing import cast

import torch
from torch import Tensor, nn

from robustseg.models.layers import PointwiseConv, UpsamplingConv

LEAKY_SLOPE = 0.01


class ConvBlock(nn.Sequential):
    """Convolution - instance normalization - leaky ReLU on ``(N, C, D, H, W)``."""

    def __init__(self, convolution: nn.Conv3d) -> None:
        super().__init__(
            convolution,
            nn.InstanceNorm3d(convolution.out_channels, affine=True),
            nn.LeakyReLU(LEAKY_SLOPE, inplace=True),
        )


def cubic(inputs: int, outputs: int, *, stride: int = 1) -> nn.Conv3d:
    """Return a convolution with a kernel of 3x3x3 and zero padding, without a bias."""
    return nn.Conv3d(inputs, outputs, 3, stride=stride, padding=1, bias=False)


class EncoderLevel(nn.Module):
    """A (strided) convolution and a residual context module: ``x = down(y); x + context(x)``."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, dropout: float) -> None:
        super().__init__()
        self.down = ConvBlock(cubic(inputs, outputs, stride=stride))
        self.context = nn.Sequential(
            ConvBlock(cubic(outputs, outputs)),
            nn.Dropout3d(dropout),
            ConvBlock(cubic(outputs, outputs)),
        )

    def forward(self, features: Tensor) -> Tensor:
        features = self.down(features)
        return features + cast(Tensor, self.context(features))


class DecoderLevel(nn.Module):
    """Upsample and convolve, concatenate the skipped features, then 3x3x3 and 1x1x1 blocks."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.up = ConvBlock(UpsamplingConv(inputs, outputs))
        self.merge = nn.Sequential(
            ConvBlock(cubic(2 * outputs, outputs)),
            ConvBlock(PointwiseConv(outputs, outputs, bias=False)),
        )

    def forward(self, features: Tensor, skipped: Tensor) -> Tensor:
        return cast(Tensor, self.merge(torch.cat([self.up(features), skipped], dim=1)))


class UNet3D(nn.Module):
    """The study's network: ``(N, sequences, D, H, W)`` -> logits ``(N, classes, D, H, W)``.

    Args:
        sequences: input channels.
        classes: output channels, background included.
        filters: channels of the finest level; each coarser level doubles them.
        levels: number of resolutions; D, H and W must be multiples of ``2 ** (levels - 1)``
            and larger than that (instance normalization needs more than one voxel).
        dropout: probability of the spatial dropout of the context modules.
        heads: number of finest decoder levels with a segmentation head.
    """

    def __init__(
        self,
        *,
        sequences: int = 4,
        classes: int = 4,
        filters: int = 16,
        levels: int = 5,
        dropout: float = 0.3,
        heads: int = 3,
    ) -> None:
        super().__init__()
        # On a CPU, convolutions of few channels take two thirds of the time in this order. For a
        # single volume on one thread, torch uses another implementation, whatever the order.
        self.order = torch.channels_last_3d
        widths = [filters * 2**level for level in range(levels)]
        heads = min(heads, levels - 1)
        self.encoder = nn.ModuleList(
            EncoderLevel(inputs, outputs, stride=1 if level == 0 else 2, dropout=dropout)
            for level, (inputs, outputs) in enumerate(
                zip([sequences, *widths[:-1]], widths, strict=True)
            )
        )
        self.decoder = nn.ModuleList(
            DecoderLevel(widths[level + 1], widths[level]) for level in reversed(range(levels - 1))
        )
        self.heads = nn.ModuleList(
            PointwiseConv(widths[level], classes) for level in reversed(range(heads))
        )

    def forward(self, image: Tensor) -> Tensor:
        features, skipped = image, []
        if image.device.type == "cpu":
            features = image.contiguous(memory_format=self.order)
        for level in self.encoder:
            features = level(features)
            skipped.append(features)
        skipped.pop()
        logits: Tensor | None = None
        first_head = len(self.decoder) - len(self.heads)
        for position, level in enumerate(self.decoder):
            features = level(features, skipped.pop())
            if position >= first_head:
                here = self.heads[position - first_head](features)
                logits = (
                    here
                    if logits is None
                    else here + nn.functional.interpolate(logits, scale_factor=2.0)
                )
        assert logits is not None
        return logits
