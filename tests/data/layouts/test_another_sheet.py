"""Sheets of another cohort: orientation and spacing, and what is wrong with files and columns."""

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
import yaml

from robustseg.data.cohort import BRATS, Cohort
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.find import find_cases, listed_cases
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.validation.case import check_case
from robustseg.data.validation.page import validation_page
from robustseg.runtime.errors import InputErrors

from ...another_cohort import AFFINE, CT, KNEE, SHAPE, write_cohort


def cohort_of(settings):
    return Cohort.from_json({"windows": {}, "bias_correction": "n4", **settings["cohort"]})


@pytest.fixture(params=[CT, KNEE], ids=["ct", "knee"])
def listed(request, tmp_path):
    """Return the folder, its cohort and its first case."""
    overlay = write_cohort(tmp_path, request.param, cases=1)
    cohort = cohort_of(request.param)
    sheet = yaml.safe_load(overlay.read_text())["data"]["sheet"]
    (files,) = listed_cases(tmp_path / sheet, cohort)
    return tmp_path, cohort, files


def rewrite(path, change, affine=None):
    image = nib.load(path)
    voxels = change(np.asarray(image.dataobj))
    nib.save(nib.Nifti1Image(voxels, image.affine if affine is None else affine), path)


def test_other_orientation_and_spacing_are_handled(listed):
    folder, cohort, files = listed
    report = check_case(files, cohort)
    assert report.problems == []
    assert report.facts["orientation"] == "LPS"
    assert report.facts["spacing_mm"] == [1.5, 1.5, 2.5]
    assert any("not cubic" in remark for remark in report.remarks)
    import_case(files, folder / "out", cohort)
    images, labels, spacing = read_case(folder / "out", files.case, cohort)
    assert spacing == pytest.approx((1.5, 1.5, 2.5))
    for image, sequence in zip(images, cohort.sequences, strict=True):
        raw = np.asarray(nib.load(files.sequences[sequence]).dataobj)
        np.testing.assert_array_equal(image, raw[::-1, ::-1])
    raw = np.asarray(nib.load(files.labels).dataobj)[::-1, ::-1]
    np.testing.assert_array_equal(np.array(cohort.labels)[labels], raw)
    written = nib.load(folder / "out" / f"{files.case}_seg.nii.gz")
    assert nib.aff2axcodes(written.affine) == ("R", "A", "S")
    assert set(np.unique(written.dataobj)) == set(cohort.labels)
    page = validation_page([report], {files.case: "test"}, cohort)
    assert all(name in page for name in (*cohort.classes[1:], *cohort.sequences))
    assert not any(word in page.lower() for word in ("brain", "tumor", "skull"))


def oblique():
    angle = np.radians(30)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return turn @ AFFINE


@pytest.mark.parametrize(
    ("part", "change", "affine", "words"),
    [
        ("label", np.copy, np.diag([-1.5, -1.5, 3.0, 1]), "lies "),
        ("label", lambda v: v[:, :, ::-1][:, :, :-1], None, "differs from"),
        ("label", lambda v: np.where(v > 0, 7, v), None, "label value 7 is not one of [0, 1"),
        ("label", lambda v: np.where(v > 0, 0.5, v), None, "label value 0.5 is not one of [0, 1"),
        ("label", lambda v: np.stack([v, v], axis=-1), None, "has not three axes"),
        ("image", lambda v: v * 0, None, "is zero everywhere"),
        ("image", lambda v: v[..., 0], None, "has not three axes"),
    ],
)
def test_each_damage_is_one_line(listed, part, change, affine, words):
    _, cohort, files = listed
    path = files.labels if part == "label" else files.sequences[cohort.sequences[-1]]
    rewrite(path, change, affine)
    problems = check_case(files, cohort).problems
    named = [line for line in problems if line.startswith(f"{path}: ")]
    assert len(named) == 1
    assert words in named[0]
    assert "; " in named[0]


def test_an_oblique_grid_is_refused(listed):
    _, cohort, files = listed
    for path in files.paths:
        rewrite(path, np.copy, oblique())
    lines = check_case(files, cohort).problems
    assert len(lines) == len(files.paths)
    assert all("30 degrees off the body's; resample" in line for line in lines)


def test_labels_in_the_air_are_refused(listed):
    _, cohort, files = listed
    corner = np.zeros(SHAPE, dtype=np.int16)
    corner[:3, :3, :3] = cohort.labels[1]
    rewrite(files.labels, lambda v: corner)
    (line,) = check_case(files, cohort).problems
    assert "100 % of the labeled voxels lie in the background" in line


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("case\tlabel", ["has no column pd", "has no column T2_map"]),
        ("case\tpd\tT2_map\tlabel\tenhancing", ["column 'enhancing' is unknown"]),
        ("case\tpd\tT2_map\tt1\tlabel", ["column 't1' is unknown"]),
        ("case\tpd\tt2_map\tlabel", ["has no column T2_map", "column 't2_map' is unknown"]),
    ],
)
def test_columns_are_those_of_the_cohort(tmp_path, header, words):
    (tmp_path / "cases.tsv").write_text(header + "\n")
    with pytest.raises(InputErrors) as caught:
        listed_cases(tmp_path / "cases.tsv", cohort_of(KNEE))
    assert len(caught.value.problems) == len(words)
    for line, expected in zip(caught.value.problems, words, strict=True):
        assert line.startswith(f"{tmp_path / 'cases.tsv'}: {expected}")


FLAIR_T1 = replace(BRATS, sequences=("flair", "t1"))


def test_a_folder_may_have_fewer_sequences(tmp_path, write_case, tiny):
    folder = write_case(tmp_path / "cohort" / "a", "a")
    for part in ("t1ce", "t2"):
        (folder / f"a_{part}.nii.gz").unlink()
    (files,) = find_cases(tmp_path / "cohort", cohort=FLAIR_T1)
    assert check_case(files, FLAIR_T1).problems == []
    import_case(files, tmp_path / "out", FLAIR_T1)
    images, labels, _ = read_case(tmp_path / "out", "a", FLAIR_T1)
    np.testing.assert_array_equal(images, [tiny.intensities(3), tiny.intensities(0)])
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_the_decathlon_may_have_fewer_sequences(msd, tmp_path, tiny):
    files, _ = find_cases(msd, cohort=FLAIR_T1)
    report = check_case(files, FLAIR_T1)
    assert report.problems == []
    assert list(report.contents) == ["flair", "t1"]
    import_case(files, tmp_path / "out", FLAIR_T1)
    images, _, _ = read_case(tmp_path / "out", files.case, FLAIR_T1)
    np.testing.assert_array_equal(images, [tiny.intensities(0), tiny.intensities(1)])


def test_a_phantom_of_fewer_sequences_is_the_same_phantom(tmp_path):
    write_phantom(tmp_path / "all", case="p", seed=3, size=32, sequences=BRATS.sequences)
    write_phantom(tmp_path / "some", case="p", seed=3, size=32, sequences=FLAIR_T1.sequences)
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == ["p_flair.nii.gz", "p_seg.nii.gz", "p_t1.nii.gz"]
    for name in names:
        assert (tmp_path / "some" / name).read_bytes() == (tmp_path / "all" / name).read_bytes()
