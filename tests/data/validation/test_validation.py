import csv

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.layouts.find import find_cases
from robustseg.data.validation.case import CaseReport, check_case, read_report, write_report
from robustseg.data.validation.cohort import accept, invalid_cases, skipped_remarks
from robustseg.data.validation.cohort_checks import check_cohort
from robustseg.data.validation.page import validation_page
from robustseg.data.validation.table import write_validation
from robustseg.runtime.errors import InputErrors


def only(folder):
    (files,) = find_cases(folder, cohort=BRATS)
    return files


def check(folder):
    return check_case(only(folder), cohort=BRATS)


def report(case, problems=(), **contents):
    return CaseReport(
        case, list(problems), contents={s: [f"{case}_{s}", d] for s, d in contents.items()}
    )


def test_facts_are_those_of_the_files(tmp_path, write_case, tiny):
    affine = np.diag([-1.5, -1.0, 1.5, 1.0])
    write_case(tmp_path / "a", "a", affine=affine)
    found = check(tmp_path / "a")
    assert found.problems == found.remarks == []
    facts = found.facts
    assert facts["shape"] == list(tiny.shape)
    assert facts["spacing_mm"] == [1.5, 1.0, 1.5]
    assert facts["orientation"] == "LPS"
    assert facts["skull_stripped"]
    brain = 8 * 9 * 10
    assert facts["brain_share"] == round(brain / np.prod(tiny.shape), 4)
    assert facts["brain_ml"] == pytest.approx(brain * 0.00225)
    assert facts["tumor_ml"] == pytest.approx(
        {"necrotic": 8 * 0.00225, "edema": (216 - 64) * 0.00225, "enhancing": (64 - 8) * 0.00225}
    )
    inside = tiny.intensities(2)[tiny.intensities(2) != 0]
    assert facts["t2"] == {"min": inside.min(), "mean": inside.mean(), "max": inside.max()}


def test_harmless_oddities_pass(tmp_path, write_case, tiny):
    files = only(write_case(tmp_path / "a", "a"))
    for factor in (1.0001, 0.9999):
        tiny.save(files.labels, tiny.labels() * np.float32(factor))
        assert check_case(files, cohort=BRATS).problems == []
    nudged = np.eye(4)
    nudged[0, 3] = 0.01
    undershoot = tiny.intensities(1)
    undershoot[2, 2, :4] = -7
    tiny.save(files.sequences["t1gd"], undershoot, nudged)
    assert check_case(files, cohort=BRATS).problems == []
    tiny.save(files.labels, np.zeros(tiny.shape, dtype=np.uint8))
    found = check_case(files, cohort=BRATS)
    assert found.problems == []
    assert "no tumor" in found.remarks[0]


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (np.diag([1.0, 1, 5, 1]), "not cubic"),
        (
            np.array([[0.995, -0.0998, 0, 0], [0.0998, 0.995, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
            "6 degrees",
        ),
    ],
)
def test_unusual_grids_are_remarked(tmp_path, write_case, affine, words):
    found = check(write_case(tmp_path / "a", "a", affine=affine))
    assert found.problems == []
    assert words in found.remarks[0]


def test_a_head_with_its_skull_is_remarked(tmp_path, write_case, tiny):
    files = only(write_case(tmp_path / "a", "a"))
    for number, path in enumerate(files.sequences.values()):
        tiny.save(path, tiny.intensities(number) + np.int16(3 + number))
    found = check_case(files, cohort=BRATS)
    assert not found.facts["skull_stripped"]
    assert "not skull-stripped" in found.remarks[0]


def test_decathlon_case(msd, tiny):
    first, second = find_cases(msd, cohort=BRATS)
    assert check_case(first, cohort=BRATS).problems == []
    volumes = np.stack([tiny.intensities(k) for k in range(4)], axis=-1)
    volumes[..., 0] = 0
    tiny.save(second.labels, tiny.labels(4))
    tiny.save(first.sequences["t1"], volumes)
    (of_first,), (of_second,) = (
        check_case(first, cohort=BRATS).problems,
        check_case(second, cohort=BRATS).problems,
    )
    assert of_first.startswith(f"{first.sequences['t1']}: flair is zero everywhere")
    assert of_second.startswith(f"{second.labels}: ")
    tiny.save(first.sequences["t1"], volumes[..., :3])
    assert "(X, Y, Z, 4)" in check_case(first, cohort=BRATS).problems[0]


def test_copies_are_found_whatever_their_layout(tmp_path, write_case):
    first = only(write_case(tmp_path / "a", "a", affine=np.diag([-1.0, -1, 1, 1])))
    import_case(first, tmp_path / "b", cohort=BRATS)
    second = canonical_files(tmp_path / "b", "a", cohort=BRATS)
    assert {d for _, d in check_case(first, cohort=BRATS).contents.values()} == {
        d for _, d in check_case(second, cohort=BRATS).contents.values()
    }


@pytest.mark.parametrize(
    ("tested", "flagged", "words"),
    [
        (["c"], "a", "a training case with the t1 of test case c"),
        (["a"], "c", "a training case with the t1 of test case a"),
        (["a", "c"], "c", "has the t1 of case a"),
        ([], "c", "has the t1 of case a"),
    ],
)
def test_of_two_copies_the_test_case_stays(tested, flagged, words):
    reports = [report("a", t1="1", t2="2"), report("b", t1="3"), report("c", t1="1", t2="4")]
    found = {r.case: r.problems for r in check_cohort(reports, tested=tested)}
    assert [case for case, problems in found.items() if problems] == [flagged]
    assert found[flagged] == [f"{flagged}_t1: {words}; leave one of them out"]


def test_a_whole_case_stays_rather_than_its_damaged_copy():
    reports = [report("a", ["bad; mend"], t1="1"), report("b", t1="1")]
    found = check_cohort(reports, tested=["a"])
    assert [len(r.problems) for r in found] == [2, 0]


def test_round_trip(tmp_path, write_case):
    found = check(write_case(tmp_path / "a", "a"))
    write_report(tmp_path / "a.json", found)
    assert read_report(tmp_path / "a.json") == found


@pytest.fixture
def table(tmp_path):
    """Return the table of two valid and two invalid cases."""
    reports = [
        report("d", ["x: 1; y", "x: 2; y"]),
        report("b"),
        report("a"),
        report("c", ["c: 3; y"]),
    ]
    write_validation(
        tmp_path / "v.csv", reports, {"a": "train", "b": "test", "c": "test"}, cohort=BRATS
    )
    return tmp_path / "v.csv"


def test_table(table):
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["case"], r["status"], r["split"]) for r in rows] == [
        ("a", "valid", "train"),
        ("b", "valid", "test"),
        ("c", "invalid", "test"),
        ("d", "invalid", ""),
    ]
    assert invalid_cases(table) == {"c": ["c: 3; y"], "d": ["x: 1; y", "x: 2; y"]}


def test_invalid_cases_are_errors_all_together(table):
    with pytest.raises(InputErrors) as caught:
        accept(table, on_invalid="error", train=["a", "d"], test=["b", "c"], min_test_cases=1)
    assert caught.value.problems == ["c: 3; y", "x: 1; y", "x: 2; y"]


def test_invalid_cases_are_skipped_and_named(table, tmp_path):
    settings = {"on_invalid": "skip", "train": ["a", "d"], "test": ["b", "c"]}
    lines = accept(table, **settings, min_test_cases=1)
    assert lines == ["skipped: c: 3; y", "skipped: x: 1; y", "skipped: x: 2; y"]
    assert skipped_remarks(table) == ["Skipped as invalid (2 cases, see validation.csv): c, d."]
    assert skipped_remarks(None) == []
    write_validation(tmp_path / "none.csv", [report("a")], {}, cohort=BRATS)
    assert skipped_remarks(tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("train", "test", "least", "words"),
    [(["a"], ["b", "c"], 2, "test cases: 1"), (["d"], ["a", "b"], 1, "training cases: none")],
)
def test_too_few_left_is_an_error(table, train, test, least, words):
    with pytest.raises(InputErrors, match=words):
        accept(table, on_invalid="skip", train=train, test=test, min_test_cases=least)


def test_page_has_problems_first_and_needs_no_other_file(tmp_path, write_case):
    whole = check(write_case(tmp_path / "a", "a"))
    page = validation_page([whole, report("z", ["<x>: bad; mend"])], {"a": "train"}, cohort=BRATS)
    assert page.index("&lt;x&gt;: bad") < page.index("data:image/png;base64,")
    assert "1 of 2 cases are valid, 1 are not" in page
    assert "http" not in page
    assert page.count("<tr>") == 3


def test_real_case(brats):
    files = {c.case: c for c in find_cases(brats, cohort=BRATS)}["BraTS2021_01531"]
    found = check_case(files, cohort=BRATS)
    assert found.problems == []
    assert found.remarks == ["no voxel is labeled edema"]
    assert found.facts["orientation"] == "LPS"
