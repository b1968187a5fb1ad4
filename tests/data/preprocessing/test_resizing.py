import numpy as np
import pytest
from PIL import Image
from skimage.transform import resize

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


@pytest.mark.parametrize(("shape", "size"), [((12, 17), 8), ((9, 11), 20), ((30, 30), 7)])
def test_agrees_with_pillow_slice_by_slice(shape, size):
    plane = RNG.normal(size=shape).astype(np.float32)
    theirs = np.asarray(Image.fromarray(plane).resize((size, size), Image.Resampling.BILINEAR))
    ours = resize_linear(np.repeat(plane[:, :, None], 3, axis=2), size)
    np.testing.assert_allclose(ours[:, :, 0], theirs, atol=1e-5)


def test_enlarging_agrees_with_scikit_image():
    volume = RNG.normal(size=(5, 6, 7)).astype(np.float32)
    theirs = resize(volume, (11, 11, 11), order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(resize_linear(volume, 11), theirs, atol=1e-5)


def test_labels_agree_with_scikit_image():
    labels = RNG.integers(0, 4, (14, 15, 9)).astype(np.uint8)
    theirs = resize(labels, (8, 8, 8), order=0, preserve_range=True, anti_aliasing=False)
    np.testing.assert_array_equal(resize_nearest(labels, 8), theirs)


def test_thin_shell_keeps_its_share_of_the_volume():
    axis = np.arange(96) - 47.5
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    shell = ((radius > 35) & (radius < 36.2)).astype(np.uint8)  # a third of an output voxel
    assert resize_nearest(shell, 27).mean() == pytest.approx(shell.mean(), rel=0.1)
