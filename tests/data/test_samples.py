import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.samples import Sample, read_sample, read_samples, write_sample
from robustseg.runtime.errors import InputError


def sample(seed=0, size=6):
    rng = np.random.default_rng(seed)
    return Sample(
        image=rng.normal(seed, 2, (4, size, size, size)).astype(np.float32),
        labels=rng.integers(0, 4, (size, size, size)).astype(np.uint8),
    )


def test_round_trip_is_exact_and_bytes_repeat(tmp_path):
    write_sample(tmp_path / "a.npz", sample())
    write_sample(tmp_path / "b.npz", sample())
    back = read_sample(tmp_path / "a.npz", cohort=BRATS)
    np.testing.assert_array_equal(back.image, sample().image)
    np.testing.assert_array_equal(back.labels, sample().labels)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def broken(change):
    def damage(path):
        good = sample()
        arrays = {"image": good.image, "labels": good.labels}
        np.savez(path, **change(arrays))

    return damage


def truncate(path):
    write_sample(path, sample())
    path.write_bytes(path.read_bytes()[:-500])


def with_nan(arrays):
    arrays["image"][0, 0, 0, 0] = np.nan
    return arrays


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: None,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("case,split"),
        truncate,
        broken(with_nan),
        broken(lambda a: {"image": a["image"]}),
        broken(lambda a: {**a, "image": a["image"][:3]}),
        broken(lambda a: {**a, "image": a["image"].astype(np.float64)}),
        broken(lambda a: {**a, "labels": a["labels"][:-1]}),
        broken(lambda a: {**a, "labels": a["labels"] + np.uint8(1)}),
        broken(lambda a: {**a, "labels": a["labels"].astype(object)}),
    ],
)
def test_damaged_sample_is_one_line_with_its_name(tmp_path, damage):
    path = tmp_path / "a.npz"
    damage(path)
    with pytest.raises(InputError, match=f"^{path}: .+; .+") as caught:
        read_sample(path, cohort=BRATS)
    assert "\n" not in str(caught.value)


def test_reading_several(tmp_path):
    paths = [tmp_path / f"case{seed}.npz" for seed in (2, 0, 1)]
    for seed, path in zip((2, 0, 1), paths, strict=True):
        write_sample(path, sample(seed))
    images, labels, cases = read_samples(paths, cohort=BRATS)
    assert cases == ["case2", "case0", "case1"]
    assert (images.dtype, labels.dtype) == (np.float32, np.uint8)
    np.testing.assert_array_equal(images[2], sample(1).image)
    np.testing.assert_array_equal(labels[0], sample(2).labels)


def test_statistics_standardize_by_sequence(tmp_path):
    write_sample(tmp_path / "a.npz", sample())
    statistics = {"mean": [1.0, 2.0, 3.0, 4.0], "sd": [1.0, 2.0, 4.0, 8.0]}
    images, _, _ = read_samples([tmp_path / "a.npz"], statistics=statistics, cohort=BRATS)
    for number, image in enumerate(sample().image):
        np.testing.assert_allclose(images[0, number], (image - number - 1) / 2**number, rtol=1e-6)
    assert images.dtype == np.float32


def test_samples_of_two_sizes_or_none_are_refused(tmp_path):
    write_sample(tmp_path / "a.npz", sample())
    write_sample(tmp_path / "b.npz", sample(size=8))
    with pytest.raises(InputError, match=r"b\.npz: size"):
        read_samples([tmp_path / "a.npz", tmp_path / "b.npz"], cohort=BRATS)
    with pytest.raises(InputError, match="none given"):
        read_samples([], cohort=BRATS)
