import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.preprocessing.sample import foreground_box, preprocess


@pytest.fixture
def case():
    """Return four "sequences" and labels that fill the box [5:15, 3:23, 8:24]."""
    rng = np.random.default_rng(0)
    images = np.zeros((4, 30, 31, 32), dtype=np.float32)
    images[:, 5:15, 3:23, 8:24] = rng.uniform(50, 900, (4, 10, 20, 16))
    images[:, 5:8, 3:10, 8:12] = 0  # a corner of the box is background
    labels = np.zeros(images.shape[1:], dtype=np.uint8)
    labels[9:12, 8:16, 10:20] = 2
    return images, labels


def test_box_of_a_known_blob(case):
    assert foreground_box(case[0][0] != 0) == (slice(5, 15), slice(3, 23), slice(8, 24))


def test_box_is_that_of_all_sequences_together(case):
    images, labels = case
    images[1, 10, 10, 30] = 7
    assert foreground_box(np.any(images != 0, axis=0))[2] == slice(8, 31)
    # 23 voxels along z now: labels that filled 10 of 16 fill 10 of 23.
    share = (
        preprocess(images, labels, size=23, standardization="volume", cohort=BRATS).labels > 0
    ).any((0, 1))
    assert share.sum() == 10


def test_volume_standardization_has_mean_0_and_sd_1_per_sequence(case):
    sample = preprocess(*case, size=16, standardization="volume", cohort=BRATS)
    assert sample.image.dtype == np.float32
    assert sample.labels.dtype == np.uint8
    assert sample.image.shape == (4, 16, 16, 16)
    assert sample.labels.shape == (16, 16, 16)
    np.testing.assert_allclose(sample.image.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(sample.image.std(axis=(1, 2, 3)), 1, atol=1e-5)


def test_brain_standardization_takes_brain_voxels_only():
    images = np.random.default_rng(1).uniform(50, 900, (4, 10, 10, 10)).astype(np.float32)
    images[:, :6, :6, :6] = 0
    brain = images[0] > 0
    # The box is the volume and has the size asked for: no voxel is interpolated.
    sample = preprocess(
        images, brain.astype(np.uint8), size=10, standardization="brain", cohort=BRATS
    )
    for image, standardized in zip(images, sample.image, strict=True):
        mean, sd = image[brain].mean(), image[brain].std()
        np.testing.assert_allclose(standardized, (image - mean) / sd, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(sample.labels, brain)


def test_cohort_standardization_leaves_intensities_raw(case):
    images, labels = case
    cube = (slice(5, 15), slice(10, 20), slice(12, 22))
    sample = preprocess(
        images[:, *cube], labels[cube], size=10, standardization="cohort", cohort=BRATS
    )
    np.testing.assert_array_equal(sample.image, images[:, *cube])


def test_labels_stay_where_the_image_is(case):
    images, labels = case
    images[:, labels == 2] = 5000
    sample = preprocess(images, labels, size=16, standardization="volume", cohort=BRATS)
    assert (sample.image[0][sample.labels == 2] > 1).mean() > 0.8
    assert (sample.image[0][sample.labels == 0] < 1).mean() > 0.95


def test_empty_and_constant_images_are_refused(case):
    images, labels = case
    with pytest.raises(ValueError, match="no voxel"):
        preprocess(np.zeros_like(images), labels, size=8, standardization="volume", cohort=BRATS)
    images[2] = 4
    with pytest.raises(ValueError, match="t2 is constant"):
        preprocess(images, labels, size=8, standardization="volume", cohort=BRATS)


def head(voxel_mm):
    """Return a smooth "head" of 24 x 28 x 32 mm within 40 mm, sampled at some spacing."""
    axes = [np.arange(mm / 2, 40, mm) for mm in voxel_mm]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    inside = (abs(x - 20) < 12) & (abs(y - 20) < 14) & (abs(z - 20) < 16)
    waves = [
        400 + 100 * np.sin(x / 9 + k) + 100 * np.cos(y / 7) + 150 * np.sin(z / 8 - k)
        for k in range(4)
    ]
    labels = 3 * (inside & (abs(x - 24) < 4) & (abs(y - 18) < 6) & (abs(z - 20) < 8))
    images = np.stack([np.where(inside, wave, 0) for wave in waves])
    return images.astype(np.float32), labels.astype(np.uint8)


@pytest.mark.parametrize("spacing", [(2, 1, 1), (1, 1, 4), (2, 2, 2)])
def test_spacing_is_kept_and_the_sample_shows_the_same_head(spacing):
    fine = preprocess(*head((1, 1, 1)), size=16, standardization="volume", cohort=BRATS)
    other = preprocess(*head(spacing), size=16, standardization="volume", cohort=BRATS)
    for first, second in zip(fine.image, other.image, strict=True):
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.98
    overlap = (fine.labels > 0) & (other.labels > 0)
    assert overlap.sum() / ((fine.labels > 0).sum() + (other.labels > 0).sum()) > 0.45
