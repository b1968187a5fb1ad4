"""The small picture of a case: panels side by side, classes in the colors of the figures."""

import base64
import io

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from robustseg.data.cohort import BRATS
from robustseg.data.thumbnails import SIDE, gray, thumbnail
from robustseg.html.palette import class_color


def picture(volumes, classes):
    return imread(io.BytesIO(base64.b64decode(thumbnail(volumes, classes, cohort=BRATS))))[..., :3]


def volumes(names=BRATS.sequences, shape=(20, 24, 10)):
    """Return noise everywhere, for nothing to be cropped."""
    rng = np.random.default_rng(0)
    return {name: rng.uniform(1, 2, shape).astype(np.float32) for name in names}


def test_a_panel_a_sequence_and_one_with_the_labels_of_the_fullest_slice():
    classes = np.zeros((20, 24, 10), dtype=np.uint8)
    classes[5, 3, 7], classes[6, 3, 7], classes[5, 3, 2] = 1, 3, 2
    shown = picture(volumes(), classes)
    assert shown.shape == (24, 5 * 20, 3)
    labels, last = shown[:, 80:], shown[:, 60:80]
    # Front above: y = 3 is the fourth row from below.
    np.testing.assert_allclose(labels[20, 5], to_rgb(class_color(1)), atol=1 / 255)
    np.testing.assert_allclose(labels[20, 6], to_rgb(class_color(3)), atol=1 / 255)
    assert (labels != last).any(axis=2).sum() == 2


def test_a_missing_sequence_leaves_a_gray_panel():
    shown = picture(volumes(names=("t1", "flair")), None)
    np.testing.assert_allclose(shown[:, 20:60], 128 / 255, atol=1e-3)
    np.testing.assert_array_equal(shown[:, 60:80], shown[:, 80:])


def test_equal_cases_are_equal_pictures():
    assert thumbnail(volumes(), None, cohort=BRATS) == thumbnail(volumes(), None, cohort=BRATS)


def test_large_slices_are_shrunk_and_grays_reach_from_percentile_to_percentile():
    plane = np.linspace(1, 1000, 200 * 100).reshape(200, 100)
    shown = gray(plane)
    assert max(shown.shape[:2]) <= SIDE
    assert shown.min() == 0
    assert shown.max() == 255
