import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.preprocessing.intensity_statistics import cohort_statistics
from robustseg.data.samples import Sample, read_samples, write_sample
from robustseg.runtime.errors import InputError

LABELS = np.zeros((5, 5, 5), dtype=np.uint8)


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.npz" for number in range(4)]
    for number, path in enumerate(paths):
        image = rng.normal(1000 * number, 50, (4, 5, 5, 5)).astype(np.float32)
        write_sample(path, Sample(image=image, labels=LABELS))
    return paths


def test_agrees_with_numpy_over_the_whole_training_split(paths):
    statistics = cohort_statistics(paths[:3], cohort=BRATS)
    images, _, _ = read_samples(paths[:3], cohort=BRATS)
    voxels = images.astype(np.float64).transpose(1, 0, 2, 3, 4).reshape(4, -1)
    np.testing.assert_allclose(statistics["mean"], voxels.mean(axis=1))
    np.testing.assert_allclose(statistics["sd"], voxels.std(axis=1))


def test_standardized_training_split_has_mean_0_and_sd_1(paths):
    images, _, _ = read_samples(
        paths[:3], statistics=cohort_statistics(paths[:3], cohort=BRATS), cohort=BRATS
    )
    np.testing.assert_allclose(images.mean(axis=(0, 2, 3, 4)), 0, atol=1e-5)
    np.testing.assert_allclose(images.std(axis=(0, 2, 3, 4)), 1, atol=1e-5)


def test_test_cases_leave_no_trace(paths):
    before = cohort_statistics(paths[:3], cohort=BRATS)
    paths[3].write_bytes(b"not even readable")
    assert cohort_statistics(paths[:3], cohort=BRATS) == before
    assert cohort_statistics(paths[:2], cohort=BRATS) != before


def test_constant_sequence_and_no_sample_are_refused(tmp_path):
    image = np.random.default_rng(0).normal(size=(4, 5, 5, 5)).astype(np.float32)
    image[3] = 2.5
    write_sample(tmp_path / "a.npz", Sample(image=image, labels=LABELS))
    with pytest.raises(InputError, match="flair is constant"):
        cohort_statistics([tmp_path / "a.npz"], cohort=BRATS)
    with pytest.raises(InputError, match="none given"):
        cohort_statistics([], cohort=BRATS)
