import numpy as np
import pytest

from robustseg.data.preprocessing.resample import resize_linear, resize_nearest

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("size", [4, 8, 16])
def test_constant_and_ramp_are_kept(size):
    ramp = np.broadcast_to((np.arange(16, dtype=np.float32) + 0.5) / 16, (16, 16, 16))
    resized = resize_linear(ramp, size)
    expected = np.broadcast_to((np.arange(size) + 0.5) / size, (size,) * 3)
    # The first and last kernels are cut off at the edge where the axis shrinks.
    np.testing.assert_allclose(resized[..., 1:-1], expected[..., 1:-1], rtol=1e-5)
    np.testing.assert_allclose(resize_linear(np.full((9, 4, 7), 3.0, "f4"), size), 3.0, rtol=1e-6)


def test_enlarging_interpolates_and_repeats_the_edge():
    line = RNG.normal(size=7).astype(np.float32)
    enlarged = resize_linear(np.broadcast_to(line, (5, 6, 7)), 11)
    expected = np.interp((np.arange(11) + 0.5) * 7 / 11 - 0.5, np.arange(7), line)
    np.testing.assert_allclose(enlarged, np.broadcast_to(expected, (11,) * 3), atol=1e-6)


@pytest.mark.parametrize("period", [2, 2.5, 3, 4, 6])
def test_waves_too_fine_for_the_grid_are_smoothed_away(period):
    """A Gaussian of 1.5 voxels leaves exp(-2 (1.5 pi / period)^2) of a wave."""
    wave = np.cos(2 * np.pi * np.arange(64) / period).astype(np.float32)
    left = resize_linear(np.broadcast_to(wave, (64,) * 3), 16)[8, 8, 2:-2]
    assert np.abs(left).max() < np.exp(-2 * (1.5 * np.pi / period) ** 2) + 1e-3


@pytest.mark.parametrize(("shape", "size"), [((14, 15, 9), 8), ((64, 51, 47), 32), ((5, 7, 9), 16)])
def test_labels_are_those_at_the_centers(shape, size):
    labels = RNG.integers(0, 4, shape).astype(np.uint8)
    centers = [((np.arange(size) + 0.5) * length / size).astype(int) for length in shape]
    resized = resize_nearest(labels, size)
    assert resized.dtype == np.uint8
    np.testing.assert_array_equal(resized, labels[np.ix_(*centers)])


def test_thin_shell_keeps_its_share_of_the_volume():
    axis = np.arange(96) - 47.5
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    shell = ((radius > 35) & (radius < 36.2)).astype(np.uint8)  # a third of an output voxel
    assert resize_nearest(shell, 27).mean() == pytest.approx(shell.mean(), rel=0.1)
