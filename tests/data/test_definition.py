"""What a case consists of: labels, regions, windows, and everything that is wrong with them."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from snakemake.utils import update_config

from robustseg.configuration import check
from robustseg.data.case_files import canonical_files
from robustseg.data.cases_sheet import read_sheet, sheet_columns
from robustseg.data.definition import BRATS, Cohort, stated
from robustseg.data.intensity_checks import intensity_problem
from robustseg.data.label_checks import class_volumes, label_remarks, place_problem
from robustseg.data.labels import to_classes, to_nifti_labels
from robustseg.data.preprocessing import preprocess
from robustseg.data.thumbnails import COLOURS, class_colour
from robustseg.data.validation_table import columns
from robustseg.data.windows import foreground, windowed_case
from robustseg.errors import InputErrors
from robustseg.metrics.dice import dice

from ..another_cohort import CT, KNEE

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def cohort_of(settings):
    return Cohort.from_json({**DEFAULT["cohort"], **settings["cohort"]})


def test_the_default_configuration_is_that_of_brats():
    assert Cohort.from_json(DEFAULT["cohort"]) == BRATS == Cohort()
    assert BRATS.as_json() == DEFAULT["cohort"]
    assert stated(DEFAULT["cohort"]) == {}
    assert stated(DEFAULT["cohort"], regions=False) == {}
    assert Cohort.from_json(None) is BRATS
    assert BRATS.of_tumours
    assert BRATS.like_the_paper
    assert BRATS.remarks == []
    assert BRATS.channels == {}


@pytest.mark.parametrize("settings", [CT, KNEE])
def test_another_cohort_is_stated_and_read_again(settings):
    cohort = cohort_of(settings)
    assert Cohort.from_json(cohort.as_json()) == cohort
    values = {**DEFAULT["cohort"], **settings["cohort"]}
    assert stated(values) == {"cohort": values}
    told = stated(values, regions=False)["cohort"]
    assert told == {**values, "regions": []}
    assert Cohort.from_json(told).classes == cohort.classes
    assert not cohort.of_tumours
    assert not cohort.like_the_paper
    assert cohort.channels == {
        "sequences": len(cohort.sequences),
        "classes": len(cohort.classes),
    }


def test_the_order_of_regions_is_that_of_the_columns():
    values = copy.deepcopy(DEFAULT["cohort"])
    values["regions"].reverse()
    assert list(Cohort.from_json(values).regions) == ["et", "tc", "wt"]
    assert stated(values) == {"cohort": values}
    assert stated(values, regions=False) == {}
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
    cohort = Cohort(classes=("background", "a", "b"), labels=(0, 1001, 7), regions={"a": (1,)})
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
    sample = preprocess(clipped, labels, size=16, standardisation="volume", cohort=cohort)
    assert sample.image.shape == (1, 16, 16, 16)
    assert abs(float(sample.image.mean())) < 1e-5
    # The box around the body fills the cube: hardly anything but the body is left.
    assert sample.labels.mean() > 0.9


def test_negative_intensities_are_fine_without_bias_correction():
    rng = np.random.default_rng(0)
    volume = rng.normal(-300, 400, (8, 8, 8)).astype(np.float32)
    assert "negative" in intensity_problem(volume)
    none = Cohort(bias_correction="none")
    assert intensity_problem(volume, "t1", none) is None
    assert intensity_problem(-np.abs(volume) - 1, "t1", none) is None
    assert "no positive voxel" in intensity_problem(-np.abs(volume) - 1)
    assert "set cohort.bias_correction to none" in intensity_problem(volume, "pd", cohort_of(KNEE))
    window = cohort_of(CT)
    assert intensity_problem(volume, "ct", window) is None
    problem = intensity_problem(np.minimum(volume, -900), "ct", window)
    assert problem.startswith("has no intensity above -200")


def test_checks_of_the_brain_are_not_those_of_an_organ():
    cohort = cohort_of(CT)
    everything = np.ones((4, 4, 4), dtype=np.uint8)
    inside = everything.astype(bool)
    assert "of the brain tumour" in place_problem(everything, inside)
    assert place_problem(everything, inside, cohort) is None
    problem = place_problem(everything, ~inside, cohort)
    assert problem.startswith("100 % of the labelled voxels lie in the background")
    assert "brain" not in problem
    assert label_remarks(everything * 0, inside, cohort) == [
        "nothing is labelled: its Dice coefficients are 1 or 0"
    ]
    assert class_volumes(everything, voxel_ml=0.5, cohort=cohort) == {"liver": 32}


def test_more_classes_than_colours_start_anew():
    assert class_colour(1) == class_colour(1 + len(COLOURS)) == "red"


def with_cohort(source="sheet", **values):
    config = copy.deepcopy(DEFAULT)
    config["data"] |= {"source": source, "sheet": "cases.tsv", "folder": "x"}
    config["cohort"] |= values
    config["attacks"]["ti-fgsm"]["target_class"] = 1
    return config


def entries(**labels):
    return [{"name": name, "label": label} for name, label in labels.items()]


LIVER = {"classes": entries(liver=1), "regions": [{"name": "liver", "labels": [1]}]}
WRONG = {
    "no sequence": (with_cohort(sequences=[]), "cohort.sequences: is empty"),
    "a sequence twice": (with_cohort(sequences=["ct", "CT"]), "ct and CT are one name"),
    "one sequence by two names": (
        with_cohort(sequences=["t1gd", "t1ce"]),
        "t1gd and t1ce are one sequence",
    ),
    "a sequence that is a column": (with_cohort(sequences=["fold"]), "fold means something else"),
    "a sequence that is a suffix": (with_cohort(sequences=["Seg"]), "Seg means something else"),
    "a sequence with a blank": (with_cohort(sequences=["a b"]), "'a b' is no plain name"),
    "a sequence with a command": (with_cohort(sequences=["$(x)"]), "is no plain name"),
    "a sequence with a wildcard": (with_cohort(sequences=["{case}"]), "is no plain name"),
    "no class": (
        with_cohort(classes=[], regions=[{"name": "a", "labels": [1]}]),
        "cohort.classes: is empty",
    ),
    "label 0": (
        with_cohort(**LIVER | {"classes": [*entries(liver=1, air=0)]}),
        "air has label 0, which is background",
    ),
    "negative label": (
        with_cohort(**LIVER | {"classes": entries(liver=1, air=-1)}),
        "label -1 of air is not from 1 to 65535",
    ),
    "huge label": (
        with_cohort(**LIVER | {"classes": entries(liver=1, air=70000)}),
        "label 70000 of air",
    ),
    "a label twice": (
        with_cohort(**LIVER | {"classes": entries(liver=1, spleen=1)}),
        "liver and spleen both have label 1",
    ),
    "a class twice": (
        with_cohort(**LIVER | {"classes": entries(liver=1, Liver=2)}),
        "liver and Liver are one name",
    ),
    "a class that is background": (
        with_cohort(**LIVER | {"classes": entries(liver=1, background=2)}),
        "background means something else",
    ),
    "no region": (with_cohort(regions=[]), "cohort.regions: is empty"),
    "an empty region": (
        with_cohort(regions=[{"name": "none", "labels": []}]),
        "none has no labels",
    ),
    "a region of an unknown label": (
        with_cohort(regions=[{"name": "et", "labels": [3]}]),
        "label 3 of et is none of cohort.classes (1, 2, 4)",
    ),
    "a region of the background": (
        with_cohort(regions=[{"name": "et", "labels": [0, 4]}]),
        "label 0 of et is none of",
    ),
    "a region that lists a label twice": (
        with_cohort(regions=[{"name": "et", "labels": [4, 4]}]),
        "et lists label 4 twice",
    ),
    "a region twice": (
        with_cohort(regions=[{"name": "et", "labels": [4]}] * 2),
        "et and et are one name",
    ),
    "a region that is no column": (
        with_cohort(regions=[{"name": "left kidney", "labels": [4]}]),
        "'left kidney' is no plain name; it becomes a column",
    ),
    "a region that begins with a digit": (
        with_cohort(regions=[{"name": "3rd", "labels": [4]}]),
        "'3rd' is no plain name",
    ),
    "a region of BraTS in capitals": (
        with_cohort(regions=[{"name": "ET", "labels": [4]}]),
        "ET is a region of BraTS; write et",
    ),
    "a window of no sequence": (
        with_cohort(windows={"ct": [0, 1]}, bias_correction="none"),
        "cohort.windows.ct: is none of cohort.sequences",
    ),
    "a window upside down": (
        with_cohort(windows={"t1": [300, -200]}, bias_correction="none"),
        "cohort.windows.t1: 300 is not below -200",
    ),
    "a window of three numbers": (
        with_cohort(windows={"t1": [1, 2, 3]}, bias_correction="none"),
        "cohort.windows.t1",
    ),
    "a window and N4": (with_cohort(windows={"t1": [0, 9]}), "cohort.bias_correction: N4 takes"),
    "another correction": (with_cohort(bias_correction="n5"), "cohort.bias_correction"),
    "classes as a mapping": (with_cohort(classes={"liver": 1}), "cohort.classes"),
    "a label in words": (with_cohort(classes=entries(liver="1")), "cohort.classes.0.label"),
    "an unknown key": (with_cohort(channels=1), "cohort: "),
    "sequences that phantoms do not have": (
        with_cohort("phantoms", sequences=["ct"]),
        "cohort.sequences: data.source phantoms has no ct",
    ),
    "classes that a folder does not have": (
        with_cohort("folder", **LIVER),
        "cohort.classes: data.source folder has those of BraTS",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_one_line(name):
    config, words = WRONG[name]
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    (line,) = caught.value.problems
    assert line.startswith("config: ")
    assert words in line
    assert "; " in line
    assert "\n" not in line


def test_the_example_of_the_documentation_is_a_configuration(tmp_path):
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    overlay, sheet = re.findall(
        r"```(?:yaml\n# liver\.yaml)?\n((?:study: liver|case\t)[^`]*)```", text
    )
    config = copy.deepcopy(DEFAULT)
    update_config(config, yaml.safe_load(overlay))
    check(config, SCHEMA)
    cohort = Cohort.from_json(config["cohort"])
    assert dict(cohort.regions) == {"liver": (1, 2), "lesion": (2,)}
    (tmp_path / "cases.tsv").write_text(sheet)
    cases, problems = read_sheet(tmp_path / "cases.tsv", cohort)
    assert [files.case for files in cases] == ["001", "002"]
    assert problems == []


def test_target_class_of_an_attack_is_one_of_the_classes():
    config = with_cohort(**LIVER)
    check(config, SCHEMA)
    config["attacks"]["ti-fgsm"]["target_class"] = 2
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    (line,) = caught.value.problems
    assert line.startswith("config: attacks.ti-fgsm.target_class: 2 is above 1, the last of")


def test_all_mistakes_are_reported_together():
    config = with_cohort(
        sequences=[],
        classes=entries(liver=0, spleen=300000),
        regions=[{"name": "a b", "labels": []}],
        windows={"ct": [5, 1]},
        bias_correction="none",
    )
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    "values",
    [
        {"sequences": ["flair"]},
        {"regions": [{"name": "oedema", "labels": [2]}]},
        {"bias_correction": "none", "windows": {"t2": [0, 1000]}},
    ],
)
@pytest.mark.parametrize("source", ["phantoms", "folder", "sheet"])
def test_fewer_sequences_and_other_regions_need_no_sheet(source, values):
    check(with_cohort(source, **values), SCHEMA)
