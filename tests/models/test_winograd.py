"""Winograd's convolution is the plain one: exact algebra, and float32 up to its rounding."""

from fractions import Fraction

import pytest
import torch
from torch.nn import functional

from robustseg.models import winograd
from robustseg.models.winograd import INPUT_SUMS, OUTPUT_SUMS, OUTPUTS, PLANES, TAP_SUMS, convolve

ORDERS = (torch.contiguous_format, torch.channels_last_3d)


def test_the_sums_are_the_convolution_of_six_values_with_three_taps():
    """Coefficient by coefficient, in fractions: every output is its three products, no other."""
    taps = [[Fraction(value).limit_denominator(24) for value in row] for row in TAP_SUMS]
    for output in range(OUTPUTS):
        for position in range(PLANES):
            for tap in range(3):
                coefficient = sum(
                    OUTPUT_SUMS[output][row] * taps[row][tap] * INPUT_SUMS[row][position]
                    for row in range(PLANES)
                )
                assert coefficient == (position == output + tap)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("block", [1, 80, winograd.BLOCK])
@pytest.mark.parametrize("depth", [4, 8, 12])
def test_output_and_gradients_are_those_of_torch(depth, block, order, monkeypatch):
    monkeypatch.setattr(winograd, "BLOCK", block)  # one, two (and one that is left), or all tiles
    generator = torch.Generator().manual_seed(depth)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    image = draw(2, 5, depth, 4, 2).contiguous(memory_format=order).requires_grad_(True)
    weight, up = draw(3, 5, 3, 3, 3).requires_grad_(True), draw(2, 3, depth, 4, 2)
    outputs = convolve(image, weight), functional.conv3d(image, weight, padding=1)
    gradients = [torch.autograd.grad((output * up).sum(), (image, weight)) for output in outputs]
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-12)
    assert outputs[0].is_contiguous(memory_format=torch.channels_last_3d)


def test_frozen_weights_get_no_gradient_and_keep_no_volume():
    image = torch.ones(1, 2, 4, 3, 3, requires_grad=True)
    output = convolve(image, torch.ones(1, 2, 3, 3, 3))
    kept, _ = output.grad_fn.saved_tensors
    output.mul_(1)  # as an activation in place would
    assert kept is None
    (gradient,) = torch.autograd.grad(output.sum(), image)
    # How many outputs a voxel is part of: 2 or 3 an axis.
    assert gradient[0, 0, 0, 0, 0] == pytest.approx(8)
    assert gradient[0, 1, 1, 1, 1] == pytest.approx(27)


def test_rounding_in_float32_is_a_few_times_that_of_the_plain_convolution():
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(1, 32, 16, 16, 16, generator=generator)
    image[:, :, 8:] += 10  # an edge
    weight = torch.randn(32, 32, 3, 3, 3, generator=generator)
    exact = functional.conv3d(image.double(), weight.double(), padding=1)
    plain = (functional.conv3d(image, weight, padding=1) - exact).abs()
    ours = (convolve(image, weight) - exact).abs()
    assert ours.mean() < 6 * plain.mean()
    assert ours.max() < 10 * plain.max()
    assert ours.mean() < 2e-6 * exact.abs().mean()
