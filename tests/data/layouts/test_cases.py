import os
import shutil
from pathlib import Path

import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.layouts.find import CaseFiles, find_cases
from robustseg.runtime.errors import InputErrors


def problems_in(folder, **options):
    with pytest.raises(InputErrors) as caught:
        find_cases(folder, cohort=BRATS, **options)
    assert all("; " in line and "\n" not in line for line in caught.value.problems)
    return caught.value.problems


def test_layouts_of_all_years_are_found_below_one_root(tmp_path, write_case, tiny):
    write_case(tmp_path / "2018" / "HGG" / "Brats18_X_1_1", "Brats18_X_1_1", extension=".nii")
    write_case(tmp_path / "2018" / "LGG" / "Brats18_Y_2_1", "Brats18_Y_2_1")
    write_case(tmp_path / "flat", "a")
    write_case(tmp_path / "flat", "b")
    gli = "BraTS-GLI-00001-000"
    write_case(tmp_path / "2023" / gli, gli, suffixes=tiny.of_2023, enhancing=3)
    cases = find_cases(tmp_path, cohort=BRATS)
    assert [(c.case, c.enhancing) for c in cases] == [
        ("BraTS-GLI-00001-000", 3),
        ("Brats18_X_1_1", "auto"),
        ("Brats18_Y_2_1", "auto"),
        ("a", "auto"),
        ("b", "auto"),
    ]
    assert [cases[0].sequences[s].name[len(gli) :] for s in BRATS.sequences] == [
        "-t1n.nii.gz",
        "-t1c.nii.gz",
        "-t2w.nii.gz",
        "-t2f.nii.gz",
    ]
    assert cases[1].labels == tmp_path / "2018/HGG/Brats18_X_1_1/Brats18_X_1_1_seg.nii"


def test_one_case_folder_is_a_dataset_too(tmp_path, write_case):
    write_case(tmp_path / "a", "a")
    assert find_cases(tmp_path / "a", cohort=BRATS) == find_cases(tmp_path, cohort=BRATS)


def test_decathlon_cases_share_one_image_file(msd):
    cases = find_cases(msd, cohort=BRATS)
    assert [c.case for c in cases] == ["BRATS_001", "BRATS_002"]
    assert cases[0].paths == (msd / "imagesTr/BRATS_001.nii.gz", msd / "labelsTr/BRATS_001.nii.gz")
    assert {(c.layout, c.enhancing) for c in cases} == {("msd", 3)}


def test_all_problems_are_reported_together(tmp_path, write_case):
    for name in ("a", "b", "c", "d"):
        write_case(tmp_path / name, name)
    (tmp_path / "a" / "a_t1ce.nii.gz").unlink()
    (tmp_path / "b" / "b_seg.nii.gz").rename(tmp_path / "b" / "W39_Segm.nii.gz")
    shutil.copy(tmp_path / "c" / "c_t1.nii.gz", tmp_path / "c" / "c_t1n.nii.gz")
    write_case(tmp_path / "again" / "d", "d")
    (tmp_path / "empty").mkdir()
    problems = sorted(problems_in(tmp_path))
    assert len(problems) == 5
    for problem, place, words in zip(
        problems,
        ("a", "again/d", "b", "c", "empty"),
        ("no t1gd file", "case d is also in", "rename W39_Segm.nii.gz", "c_t1n.nii.gz", "empty"),
        strict=True,
    ):
        assert problem.startswith(f"{tmp_path / place}: ")
        assert words in problem


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir()])
def test_folder_that_is_missing_or_has_no_case(tmp_path, make):
    make(tmp_path / "x")
    (problem,) = problems_in(tmp_path / "x")
    assert problem.startswith(f"{tmp_path / 'x'}: no ")


def test_decathlon_problems(msd):
    (msd / "labelsTr" / "BRATS_002.nii.gz").unlink()
    (problem,) = problems_in(msd)
    assert problem.startswith(f"{msd / 'imagesTr' / 'BRATS_002.nii.gz'}: ")
    shutil.rmtree(msd / "labelsTr")
    (problem,) = problems_in(msd, layout="msd")
    assert problem.startswith(f"{msd / 'labelsTr'}: cannot be listed")


def test_linked_folders_are_entered_once(tmp_path, write_case):
    write_case(tmp_path / "elsewhere" / "a", "a")
    root = tmp_path / "root"
    root.mkdir()
    os.symlink(tmp_path / "elsewhere", root / "data")
    os.symlink(root, root / "loop")
    assert [c.case for c in find_cases(root, cohort=BRATS)] == ["a"]


def test_json_round_trip(tmp_path):
    files = canonical_files(tmp_path, "a", cohort=BRATS)
    assert CaseFiles.from_json(files.as_json()) == files
    assert all(isinstance(path, Path) for path in CaseFiles.from_json(files.as_json()).paths)


def test_real_cases(brats):
    enhancing = {c.case: c.enhancing for c in find_cases(brats, cohort=BRATS)}
    assert len(enhancing) == 7
    assert enhancing["BraTS-GLI-00000-000"] == 3
    assert enhancing["Brats18_2013_21_1"] == "auto"
