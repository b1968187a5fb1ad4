"""What is said of cases that differ from the others of their cohort."""

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.find import find_cases
from robustseg.data.validation.case import CaseReport, check_case
from robustseg.data.validation.cohort_checks import check_cohort


def remarks(reports, tested=(), **options):
    found = check_cohort(reports, tested=tested, **options)
    assert not any(report.problems for report in found)
    return {report.case: report.remarks for report in found if report.remarks}


def named(*names):
    return [CaseReport(name) for name in names]


@pytest.mark.parametrize(
    ("names", "test", "training"),
    [
        (("p01_11", "p01_21", "p02_11"), "p01_21", "p01_11"),
        (("sub-3_ses-1", "sub-3_ses-2", "sub-4_ses-1"), "sub-3_ses-2", "sub-3_ses-1"),
        (("12.week04", "12.week10", "13.week10"), "12.week10", "12.week04"),
        (("p1", "p1_2", "p3"), "p1_2", "p1"),
    ],
)
def test_two_scans_of_a_patient_on_both_sides_are_remarked(names, test, training):
    ((case, (line,)),) = remarks(named(*names), [test]).items()
    assert case == test
    assert training in line
    assert "column group" in line
    assert remarks(named(*names)) == {}
    assert remarks(named(*names), names) == {}
    assert remarks(named(*names), [test], groups=dict.fromkeys(names, "x")) == {}


@pytest.mark.parametrize(
    "names",
    [
        ("case_001", "case_002", "case_003"),
        ("study7_001", "study7_002", "study7_003"),
        ("BraTS2021_00630", "BraTS2021_00739", "BRATS_001"),
        ("Brats18_2013_21_1", "Brats18_2013_11_1", "p1_1"),
        ("p1_a", "p1_b", "p2_a"),
    ],
)
def test_numbers_of_patients_are_no_scans(names):
    assert remarks(named(*names), names[1:2]) == {}


def test_a_hospital_with_many_cases_is_no_patient():
    names = [f"site{site}_{case:03d}" for site in (1, 2) for case in range(11)]
    assert remarks(named(*names), [names[0], names[-1]]) == {}


def with_enhancing(tmp_path, write_case, labels):
    for number, label in enumerate(labels):
        write_case(tmp_path / str(number), f"c{number}", enhancing=label)
    return [check_case(files, cohort=BRATS) for files in find_cases(tmp_path, cohort=BRATS)]


@pytest.fixture
def found(tmp_path, write_case):
    """Return what is remarked of cases with such values of enhancing tumor."""

    def find(*labels):
        reports = with_enhancing(tmp_path, write_case, labels)
        for report in reports:
            report.contents.clear()
            report.marked.clear()  # the tiny cases are copies of each other
        return remarks(reports)

    return find


@pytest.mark.parametrize(
    ("labels", "odd"), [((4, 4, 3), 2), ((3, 3, 4), 2), ((4, 3), 1), ((3, 4), 0)]
)
def test_another_value_of_enhancing_tumor_than_the_others_is_remarked(found, labels, odd):
    ((case, (line,)),) = found(*labels).items()
    assert case == f"c{odd}"
    assert line.startswith(f"label {labels[odd]} is taken for enhancing tumor")
    assert "column enhancing" in line


@pytest.mark.parametrize("label", [3, 4])
def test_one_value_of_enhancing_tumor_is_not_remarked(found, label):
    assert found(label, label) == {}


def test_names_of_2023_tell_the_value(tmp_path, write_case, tiny):
    write_case(tmp_path / "a", "a", enhancing=4)
    write_case(tmp_path / "b", "b", enhancing=3, suffixes=tiny.of_2023)
    reports = [check_case(files, cohort=BRATS) for files in find_cases(tmp_path, cohort=BRATS)]
    for report in reports:
        report.contents.clear()
        report.marked.clear()
    assert remarks(reports) == {}


def test_empty_labels_are_no_copies(tmp_path, write_case, tiny):
    for name in ("a", "b"):
        write_case(tmp_path / name, name)
        tiny.save(tmp_path / name / f"{name}_seg.nii.gz", np.zeros(tiny.shape, dtype=np.uint8))
    reports = [check_case(files, cohort=BRATS) for files in find_cases(tmp_path, cohort=BRATS)]
    assert not any(report.marked for report in reports)


def test_copied_labels_are_found_whatever_their_values(tmp_path, write_case):
    reports = with_enhancing(tmp_path, write_case, (3, 4))
    assert len({report.marked[1] for report in reports}) == 1
