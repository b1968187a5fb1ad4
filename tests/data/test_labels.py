import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.labels import to_classes, to_nifti_labels


@pytest.mark.parametrize(
    ("values", "enhancing", "layout", "expected"),
    [
        ([0, 1, 2, 4], 4, "brats", [0, 1, 2, 3]),
        ([0, 1, 2, 3], 3, "brats", [0, 1, 2, 3]),
        ([0, 1, 2, 4], "auto", "brats", [0, 1, 2, 3]),
        ([0, 1, 2, 3], "auto", "brats", [0, 1, 2, 3]),
        ([0, 0, 2], "auto", "brats", [0, 0, 2]),
        ([0.0, 0.999, 2.001, 4.0], 4, "brats", [0, 1, 2, 3]),
        ([0, 1, 2, 3], 3, "msd", [0, 2, 1, 3]),
    ],
)
def test_known_values_become_class_indices(values, enhancing, layout, expected):
    classes = to_classes(np.array([values]), enhancing=enhancing, layout=layout, cohort=BRATS)
    assert classes.dtype == np.uint8
    assert classes.tolist() == [expected]


@pytest.mark.parametrize(
    ("values", "enhancing", "layout"),
    [
        ([0, 3], 4, "brats"),
        ([0, 4], 3, "brats"),
        ([3, 4], "auto", "brats"),
        ([0, 4], 3, "msd"),
        ([0, 5], "auto", "brats"),
        ([0, -1], "auto", "brats"),
        ([0.5], "auto", "brats"),
        ([np.nan], "auto", "brats"),
        ([np.inf], "auto", "brats"),
    ],
)
def test_unknown_values_are_refused(values, enhancing, layout):
    with pytest.raises(ValueError, match="label value"):
        to_classes(np.array(values), enhancing=enhancing, layout=layout, cohort=BRATS)


def test_written_values_are_read_back():
    classes = np.arange(4, dtype=np.uint8)
    written = to_nifti_labels(classes, cohort=BRATS)
    assert written.tolist() == [0, 1, 2, 4]
    assert to_classes(written, enhancing=4, cohort=BRATS).tolist() == classes.tolist()


def test_regions_are_nested():
    assert set(BRATS.regions["et"]) < set(BRATS.regions["tc"]) < set(BRATS.regions["wt"])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16, np.int64, np.float32])
def test_type_of_the_file_does_not_matter(dtype):
    values = np.random.default_rng(0).choice([0, 1, 2, 4], size=(5, 6, 7))
    np.testing.assert_array_equal(
        to_classes(values.astype(dtype), enhancing=4, cohort=BRATS),
        to_classes(values.astype(float), enhancing=4, cohort=BRATS),
    )


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64])
@pytest.mark.parametrize("wrong", [-128, -4, 127])
def test_wrong_integers_are_named_as_they_are(dtype, wrong):
    with pytest.raises(ValueError, match=f"label value {wrong} is not"):
        to_classes(np.array([0, 1, wrong], dtype=dtype), enhancing=4, cohort=BRATS)
