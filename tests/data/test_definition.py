"""What a case consists of: labels, regions, windows."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from robustseg.data.cohort import BRATS, Cohort, stated
from robustseg.data.labels import to_classes, to_nifti_labels
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.layouts.sheet import sheet_columns
from robustseg.data.preprocessing.sample import preprocess
from robustseg.data.preprocessing.windows import foreground, windowed_case
from robustseg.data.validation.intensities import intensity_problem
from robustseg.data.validation.labels import class_volumes, label_remarks, place_problem
from robustseg.data.validation.table import columns
from robustseg.html.palette import BLUE, CLASSES, class_color
from robustseg.metrics.dice import dice

from ..another_cohort import CT, KNEE

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def cohort_of(settings):
    return Cohort.from_json({**DEFAULT["cohort"], **settings["cohort"]})


def test_the_default_configuration_is_that_of_brats():
    assert Cohort.from_json(DEFAULT["cohort"]) == BRATS
    assert BRATS.as_json() == DEFAULT["cohort"]
    assert BRATS.of_tumors
    assert BRATS.like_the_paper
    assert BRATS.remarks == []


@pytest.mark.parametrize("settings", [CT, KNEE])
def test_another_cohort_is_stated_and_read_again(settings):
    cohort = cohort_of(settings)
    assert Cohort.from_json(cohort.as_json()) == cohort
    values = {**DEFAULT["cohort"], **settings["cohort"]}
    assert stated(values) == {"cohort": values}
    told = stated(values, regions=False)["cohort"]
    assert told == {**values, "regions": []}
    assert Cohort.from_json(told).classes == cohort.classes
    assert not cohort.of_tumors
    assert not cohort.like_the_paper


def test_the_order_of_regions_is_that_of_the_columns():
    values = copy.deepcopy(DEFAULT["cohort"])
    values["regions"].reverse()
    assert list(Cohort.from_json(values).regions) == ["et", "tc", "wt"]
    assert Cohort.from_json(values).like_the_paper


def test_fewer_sequences_are_said_beside_the_papers_numbers():
    values = {**DEFAULT["cohort"], "sequences": ["flair", "t1"]}
    cohort = Cohort.from_json(values)
    assert cohort.like_the_paper
    (remark,) = cohort.remarks
    assert "flair, t1; the paper has t1, t1gd, t2, flair" in remark


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.float32])
def test_label_values_become_indices_and_values_again(dtype):
    cohort = cohort_of(KNEE)
    values = np.array([[0, 10], [20, 10]], dtype=dtype)
    classes = to_classes(values, cohort=cohort)
    np.testing.assert_array_equal(classes, [[0, 1], [2, 1]])
    written = to_nifti_labels(classes, cohort)
    np.testing.assert_array_equal(written, values)
    assert written.dtype == np.uint8


def test_large_label_values_are_kept():
    cohort = replace(
        BRATS, classes=("background", "a", "b"), labels=(0, 1001, 7), regions={"a": (1,)}
    )
    written = to_nifti_labels(np.array([0, 1, 2], dtype=np.uint8), cohort)
    assert written.tolist() == [0, 1001, 7]
    assert to_classes(written, cohort=cohort).tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [1, 3, 4, 10.4, np.nan, -10])
def test_label_outside_the_list(value):
    with pytest.raises(ValueError, match=r"is not one of \[0, 10, 20\]"):
        to_classes(np.array([0, 10, value], dtype=np.float32), cohort=cohort_of(KNEE))


def test_dice_of_regions_of_odd_label_values():
    """Truth: 6 voxels of 10, 2 of 20. Prediction: 4 of 10 right, 2 called 20, 2 of 20 right."""
    cohort = cohort_of(KNEE)
    truth = to_classes(np.array([10] * 6 + [20] * 2 + [0] * 4), cohort=cohort)
    guess = to_classes(np.array([10] * 4 + [20] * 4 + [10] * 2 + [0] * 2), cohort=cohort)
    found = {
        name: dice(*(torch.from_numpy(v).view(1, 1, 3, 4) for v in (guess, truth)), region).item()
        for name, region in cohort.regions.items()
    }
    # joint: 8 in common, 10 and 8 voxels; cartilage: 2 in common, 4 and 2.
    assert found == {"joint": 2 * 8 / 18, "cartilage": 2 * 2 / 6}


def test_files_and_columns_follow_the_cohort():
    cohort = cohort_of(KNEE)
    files = canonical_files(Path("x"), "c", cohort)
    assert [path.name for path in files.paths] == [
        "c_pd.nii.gz",
        "c_T2_map.nii.gz",
        "c_seg.nii.gz",
    ]
    assert sheet_columns(cohort) == (
        ("case", "pd", "T2_map", "label"),
        ("group", "stratum", "fold"),
    )
    table = columns(cohort)
    assert {"foreground_ml", "bone_ml", "cartilage_ml", "T2_map_mean", "pd_sha256"} <= set(table)
    assert not {"brain_ml", "skull_stripped", "t1_min"} & set(table)
    assert len(set(table)) == len(table)


def test_a_window_clips_and_its_lowest_is_background():
    cohort = cohort_of(CT)
    images = np.full((1, 6, 6, 6), -1000, dtype=np.float32)
    images[0, 1:4, 1:5, 2:5] = 50
    images[0, 2, 2, 2] = 3000  # metal
    images[0, 1, 1, 2] = 0  # water is no background here
    clipped = windowed_case(images, cohort)
    assert (clipped.min(), clipped.max()) == (-200, 300)
    inside = foreground(clipped, cohort)
    assert inside.sum() == 3 * 4 * 3
    labels = (images[0] == 50).astype(np.uint8)
    sample = preprocess(clipped, labels, size=16, standardization="volume", cohort=cohort)
    assert sample.image.shape == (1, 16, 16, 16)
    assert abs(float(sample.image.mean())) < 1e-5
    # The box around the body fills the cube: hardly anything but the body is left.
    assert sample.labels.mean() > 0.9


@pytest.mark.parametrize("size", [16, 40])
def test_background_of_a_window_stays_one_value(size):
    rng = np.random.default_rng(0)
    images = np.full((1, 50, 45, 41), -200, dtype=np.float32)
    images[0, :, 20:25, 20:25] = rng.uniform(0, 300, (50, 5, 5))
    images[0, 0, 0, 0] = images[0, -1, -1, -1] = 10  # the box is the whole volume
    sample = preprocess(
        images, (images[0] > 0).astype(np.uint8), size=size, standardization="volume",
        cohort=cohort_of(CT),
    )  # fmt: skip
    support = sample.image[0] > sample.image[0].min()
    assert support.mean() < 0.2


def test_negative_intensities_are_fine_without_bias_correction():
    rng = np.random.default_rng(0)
    volume = rng.normal(-300, 400, (8, 8, 8)).astype(np.float32)
    assert "negative" in intensity_problem(volume, "t1", BRATS)
    none = replace(BRATS, bias_correction="none")
    assert intensity_problem(volume, "t1", none) is None
    assert intensity_problem(-np.abs(volume) - 1, "t1", none) is None
    assert "no positive voxel" in intensity_problem(-np.abs(volume) - 1, "t1", BRATS)
    assert "set cohort.bias_correction to none" in intensity_problem(volume, "pd", cohort_of(KNEE))
    window = cohort_of(CT)
    assert intensity_problem(volume, "ct", window) is None
    problem = intensity_problem(np.minimum(volume, -900), "ct", window)
    assert problem.startswith("has no intensity above -200")


def test_checks_of_the_brain_are_not_those_of_an_organ():
    cohort = cohort_of(CT)
    everything = np.ones((4, 4, 4), dtype=np.uint8)
    inside = everything.astype(bool)
    assert "of the brain tumor" in place_problem(everything, inside, cohort=BRATS)
    assert place_problem(everything, inside, cohort) is None
    problem = place_problem(everything, ~inside, cohort)
    assert problem.startswith("100 % of the labeled voxels lie in the background")
    assert "brain" not in problem
    assert label_remarks(everything * 0, inside, cohort) == [
        "nothing is labeled: its Dice coefficients are 1 or 0"
    ]
    assert class_volumes(everything, voxel_ml=0.5, cohort=cohort) == {"liver": 32}


def test_more_classes_than_colors_start_anew():
    assert class_color(1) == class_color(1 + len(CLASSES)) == BLUE
