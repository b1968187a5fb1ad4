"""The layers are torch's own, computed another way: equal outputs and gradients."""

import pytest
import torch
from torch import nn

from robustseg.models.device import supports_bfloat16
from robustseg.models.layers import PointwiseConv, UpsamplingConv

ORDERS = (torch.contiguous_format, torch.channels_last_3d)


def outcome(layer, image, up):
    """Return the output and the gradients of image and parameters."""
    image = image.clone().requires_grad_(True)
    output = layer(image)
    return output, *torch.autograd.grad((output * up).sum(), [image, *layer.parameters()])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("bias", [True, False])
def test_pointwise_convolution_is_that_of_torch(order, bias):
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 5, 4, 3, 6, generator=generator, dtype=torch.float64)
    image = image.contiguous(memory_format=order)
    up = torch.randn(2, 3, 4, 3, 6, generator=generator, dtype=torch.float64)
    ours = PointwiseConv(5, 3, bias=bias).double()
    theirs = nn.Conv3d(5, 3, 1, bias=bias).double()
    theirs.load_state_dict(ours.state_dict())
    found = outcome(ours, image, up)
    torch.testing.assert_close(found, outcome(theirs, image, up))
    assert found[0].is_contiguous(memory_format=torch.channels_last_3d)


@pytest.mark.parametrize("shape", [(1, 2, 3, 4, 5), (2, 3, 4, 4, 4), (2, 1, 1, 2, 3)])
def test_upsampling_convolution_is_that_of_torch(shape):
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(shape, generator=generator, dtype=torch.float64)
    double = [2 * side for side in shape[2:]]
    up = torch.randn((shape[0], 3, *double), generator=generator, dtype=torch.float64)
    ours = UpsamplingConv(shape[1], 3).double()
    theirs = nn.Conv3d(shape[1], 3, 3, padding=1, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    upsampled = nn.Sequential(nn.Upsample(scale_factor=2), theirs)
    torch.testing.assert_close(outcome(ours, image, up), outcome(upsampled, image, up))


@pytest.mark.skipif(
    not supports_bfloat16(torch.device("cpu")), reason="this CPU does not compute in bfloat16"
)
@pytest.mark.usefixtures("poisoned_memory")
@pytest.mark.parametrize("shape", [(64, 32, 4), (32, 16, 8), (16, 8, 16), (256, 128, 4)])
def test_gradients_in_bfloat16_agree_with_float32(shape):
    """For the reason of test_bfloat16: a defect of oneDNN that reads fresh memory."""
    inputs, outputs, side = shape
    generator = torch.Generator().manual_seed(0)

    def draw(*size):
        rounded = torch.randn(size, generator=generator).bfloat16()
        return rounded.contiguous(memory_format=torch.channels_last_3d)

    layer = UpsamplingConv(inputs, outputs)
    layer.to(memory_format=torch.channels_last_3d)
    image, up = draw(2, inputs, *[side] * 3), draw(2, outputs, *[2 * side] * 3)
    with torch.autocast("cpu", torch.bfloat16):
        half = outcome(layer, image, up)
    single = outcome(layer, image.float(), up.float())
    assert half[0].dtype == torch.bfloat16
    for found, expected in zip(half, single, strict=True):
        assert torch.isfinite(found).all()
        assert (found.float() - expected).norm() / expected.norm() < 0.02
