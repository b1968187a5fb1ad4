"""What dataset.json says of volumes and labels is how they are read."""

import json
import shutil

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.layouts.find import find_cases
from robustseg.data.validation.case import check_case
from robustseg.runtime.errors import InputErrors

AS_PUBLISHED = {
    "name": "BRATS",
    "modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"},
    "labels": {
        "0": "background",
        "1": "edema",
        "2": "non-enhancing tumor",
        "3": "enhancing tumor",
    },
    "numTraining": 484,
}
LABELS = {"0": "background", "1": "necrotic core", "2": "edema", "3": "enhancing tumor"}


def state(folder, **changes):
    (folder / "dataset.json").write_text(json.dumps({**AS_PUBLISHED, **changes}))
    return find_cases(folder, cohort=BRATS)


def arrays(files, folder):
    """Return the images and classes of a case as later jobs have them."""
    assert check_case(files, cohort=BRATS).problems == []
    files = CaseFiles.from_json(json.loads(json.dumps(files.as_json())))
    import_case(files, folder, cohort=BRATS)
    return read_case(folder, files.case, cohort=BRATS)[:2]


def test_as_published_nothing_changes(msd):
    before = [files.as_json() for files in find_cases(msd, cohort=BRATS)]
    assert [files.as_json() for files in state(msd)] == before


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        {"background": 0, "NCR/NET": 1, "peritumoral edema": 2, "ET": 3},
        ["background", "Non-Enhancing Tumor", "ED", "GD-enhancing tumor"],
    ],
)
def test_labels_are_those_that_are_named(msd, tmp_path, tiny, labels):
    """The file has 1 where it would have 2 as published, so what is named exchanges them."""
    _, expected = arrays(find_cases(msd, cohort=BRATS)[0], tmp_path / "before")
    _, found = arrays(state(msd, labels=labels)[0], tmp_path / "after")
    np.testing.assert_array_equal(expected, tiny.labels(3))
    np.testing.assert_array_equal(found, np.array([0, 2, 1, 3])[expected])


def test_values_may_be_those_of_brats(msd, tmp_path, tiny):
    tiny.save(msd / "labelsTr" / "BRATS_001.nii.gz", tiny.labels(4))
    labels = {"0": "background", "1": "necrosis", "2": "edema", "4": "enhancing tumor"}
    _, found = arrays(state(msd, labels=labels)[0], tmp_path / "out")
    np.testing.assert_array_equal(found, tiny.labels(3))


@pytest.mark.parametrize("key", ["modality", "channel_names"])
@pytest.mark.parametrize(
    "names", [("T1", "T1ce", "T2", "FLAIR"), ("t1n", "T1 contrast", "T2w", "T2-FLAIR")]
)
def test_volumes_are_those_that_are_named(msd, tmp_path, tiny, key, names):
    (msd / "dataset.json").write_text(json.dumps({key: dict(enumerate(names))}))
    images, _ = arrays(find_cases(msd, cohort=BRATS)[0], tmp_path / "out")
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, tiny.intensities(number))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"labels": {**LABELS, "2": "whole tumor"}}, "labels"),
        ({"labels": {**LABELS, "2": "necrosis"}}, "labels"),
        ({"labels": {"0": "background", "1": "tumor"}}, "labels"),
        ({"labels": {"1": "background", "0": "necrosis", "2": "edema", "3": "ET"}}, "labels"),
        ({"labels": {"background": 0, "whole tumor": [1, 2, 3], "ET": 3}}, "labels"),
        ({"labels": "edema"}, "labels"),
        ({"modality": {"0": "CT"}}, "modality"),
        ({"modality": {**AS_PUBLISHED["modality"], "1": "t1gd"}}, "modality"),
        ({"modality": {**AS_PUBLISHED["modality"], "4": "DWI"}}, "modality"),
        ({"modality": {"1": "FLAIR", "2": "T1w", "3": "t1gd", "4": "T2w"}}, "modality"),
    ],
)
def test_what_cannot_be_read_is_one_line(msd, changes, key):
    with pytest.raises(InputErrors) as caught:
        state(msd, **changes)
    (line,) = caught.value.problems
    assert line.startswith(f"{msd / 'dataset.json'}: {key} does not name")
    assert "; correct the names" in line


@pytest.mark.parametrize("text", ["{", "[]", '"x"', ""])
def test_a_damaged_description_is_one_line(msd, text):
    (msd / "dataset.json").write_text(text)
    with pytest.raises(InputErrors) as caught:
        find_cases(msd, cohort=BRATS)
    (line,) = caught.value.problems
    assert line.startswith(f"{msd / 'dataset.json'}: ")
    assert line.endswith("; copy the file anew")


def test_the_raw_layout_of_nnunet_is_named_and_the_sheet_offered(msd):
    for path in [*(msd / "imagesTr").glob("BRATS*")]:
        for channel in range(4):
            name = path.name.replace(".nii.gz", f"_{channel:04d}.nii.gz")
            shutil.copy(path, path.with_name(name))
        path.unlink()
    with pytest.raises(InputErrors) as caught:
        state(msd, labels={"background": 0, "whole tumor": [1, 2, 3]})
    (line,) = caught.value.problems
    assert "raw layout of nnU-Net" in line
    assert "data.source: sheet" in line
