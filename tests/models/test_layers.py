"""The layers are torch's own, computed another way: equal outputs and gradients."""

import pytest
import torch
from torch import nn

from robustseg.models import layers, winograd
from robustseg.models.device import supports_bfloat16
from robustseg.models.layers import CubicConv, InstanceNorm, PointwiseConv, UpsamplingConv

ORDERS = (torch.contiguous_format, torch.channels_last_3d)


def outcome(layer, image, up):
    """Return the output and the gradients of image and parameters."""
    image = image.clone().requires_grad_(True)
    output = layer(image)
    return output, *torch.autograd.grad((output * up).sum(), [image, *layer.parameters()])


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize("order", ORDERS)
def test_instance_norm_is_that_of_torch(cases, order):
    generator = torch.Generator().manual_seed(cases)
    shape = (cases, 5, 4, 3, 6)
    image = 3 + 2 * torch.randn(shape, generator=generator, dtype=torch.float64)
    up = torch.randn(shape, generator=generator, dtype=torch.float64)
    theirs = nn.InstanceNorm3d(5, affine=True).double()
    nn.init.normal_(theirs.weight, generator=generator)
    ours = InstanceNorm(5).double()
    ours.load_state_dict(theirs.state_dict())
    image = image.contiguous(memory_format=order)
    found, expected = outcome(ours, image, up), outcome(theirs, image, up)
    torch.testing.assert_close(found, expected)
    assert found[0].is_contiguous(memory_format=order)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_instance_norm_of_one_voxel_is_refused(dtype):
    with pytest.raises(ValueError, match=r"one voxel \(shape \(2, 4, 1, 1, 1\)\)"):
        InstanceNorm(4)(torch.ones(2, 4, 1, 1, 1, dtype=dtype))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("slab", [layers.SLAB, 2**13])
def test_instance_norm_in_float32_has_its_last_digits(slab, order, monkeypatch):
    monkeypatch.setattr(layers, "SLAB", slab)
    generator = torch.Generator().manual_seed(0)
    image = (1 + 3 * torch.randn(2, 8, 32, 32, 32, generator=generator)).to(memory_format=order)
    up = torch.randn(image.shape, generator=generator).to(memory_format=order)
    single = outcome(InstanceNorm(8), image, up)
    double = outcome(nn.InstanceNorm3d(8, affine=True).double(), image.double(), up.double())
    for found, expected in zip(single, double, strict=True):
        # Plain sums over 32^3 voxels are off by 2e-6 and more.
        assert (found - expected).abs().max() / expected.abs().max() < 5e-7


@pytest.mark.parametrize("order", ORDERS)
def test_instance_norm_in_bfloat16_is_that_in_float32_up_to_rounding(order):
    generator = torch.Generator().manual_seed(0)
    draws = [torch.randn(2, 4, 6, 5, 4, generator=generator).bfloat16() for _ in range(2)]
    image, up = (draw.contiguous(memory_format=order) for draw in draws)
    layer = InstanceNorm(4)
    half, single = outcome(layer, image, up), outcome(layer, image.float(), up.float())
    assert half[0].dtype == torch.bfloat16
    assert half[0].is_contiguous(memory_format=order)
    for found, expected in zip(half, single, strict=True):
        torch.testing.assert_close(found.float(), expected, rtol=0.02, atol=0.05)


def test_instance_norm_slab_by_slab_is_that_of_torch(monkeypatch):
    monkeypatch.setattr(layers, "SLAB", 270)  # a slab of three planes, and one that is left
    test_instance_norm_is_that_of_torch(2, torch.channels_last_3d)


@pytest.mark.parametrize("shape", [(2, 16, 8, 32, 32), (1, 16, 12, 32, 32), (1, 16, 9, 32, 32)])
@pytest.mark.parametrize("stride", [1, 2])
def test_cubic_convolution_is_that_of_torch(shape, stride, monkeypatch):
    fast = []
    monkeypatch.setattr(layers, "convolve", lambda *of: fast.append(of) or winograd.convolve(*of))
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(shape, generator=generator)
    ours = CubicConv(16, 64, stride=stride)
    theirs = nn.Conv3d(16, 64, 3, stride=stride, padding=1, bias=False)
    theirs.load_state_dict(ours.state_dict())
    up = torch.randn(theirs(image).shape, generator=generator)
    for found, expected in zip(outcome(ours, image, up), outcome(theirs, image, up), strict=True):
        assert (found - expected).abs().max() / expected.abs().max() < 1e-5
    assert len(fast) == (stride == 1 and shape[2] % 4 == 0)


def test_small_volumes_and_bfloat16_are_left_to_torch(monkeypatch):
    monkeypatch.setattr(layers, "convolve", None)
    layer, image = CubicConv(16, 64), torch.ones(1, 16, 8, 32, 32)
    with pytest.raises(TypeError):
        layer(image)
    layer(image[..., :4])
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(image).dtype == torch.bfloat16


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
