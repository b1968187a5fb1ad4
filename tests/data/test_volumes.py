import json

import numpy as np
import pytest
import torch

from robustseg.data.cohort import BRATS
from robustseg.data.samples import Sample, write_sample
from robustseg.data.tensors import read_volumes
from robustseg.runtime.errors import InputError


@pytest.fixture
def samples(tmp_path):
    generator = np.random.default_rng(0)
    paths = []
    for name in ("b", "a"):
        image = generator.normal(3, 2, (4, 5, 5, 5)).astype(np.float32)
        labels = generator.integers(0, 4, (5, 5, 5)).astype(np.uint8)
        write_sample(tmp_path / f"{name}.npz", Sample(image=image, labels=labels))
        paths.append(str(tmp_path / f"{name}.npz"))
    return paths


def test_tensors_in_the_order_of_the_paths(samples):
    image, labels, cases = read_volumes(samples, statistics=None, cohort=BRATS)
    assert cases == ["b", "a"]
    assert (image.shape, image.dtype) == ((2, 4, 5, 5, 5), torch.float32)
    assert (labels.shape, labels.dtype) == ((2, 5, 5, 5), torch.uint8)
    for n, path in enumerate(samples):
        with np.load(path) as arrays:
            assert np.array_equal(image[n], arrays["image"])
            assert np.array_equal(labels[n], arrays["labels"])


def test_statistics_standardize(samples, tmp_path):
    mean, sd = [1, 2, 3, 4], [2, 4, 5, 8]
    (tmp_path / "s.json").write_text(json.dumps({"mean": mean, "sd": sd}))
    plain = read_volumes(samples, statistics=None, cohort=BRATS)[0]
    image = read_volumes(samples, statistics=str(tmp_path / "s.json"), cohort=BRATS)[0]
    for c in range(4):
        torch.testing.assert_close(image[:, c], (plain[:, c] - mean[c]) / sd[c])


def test_damaged_sample(samples, tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"a\.npz"):
        read_volumes(samples, statistics=None, cohort=BRATS)
