"""Cases from a sample sheet."""

import os

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.find import listed_cases
from robustseg.data.split.selection import find_selected, groups, plan_split, strata
from robustseg.data.validation.case import check_case
from robustseg.runtime.errors import InputErrors

COLUMNS = ("case", "t1", "t1gd", "t2", "flair", "label")
SETTINGS = {"source": "sheet", "test_fraction": 0.5, "test_cases": [], "folds": None, "fold": 0}
SETTINGS |= {"stratify": True}


def row(case, folder="scans of Zürich", **more):
    files = [f"{folder}/{case} {name}.nii.gz" for name in COLUMNS[1:]]
    return {**dict(zip(COLUMNS, [case, *files], strict=True)), **more}


def write_sheet(path, rows):
    columns = list(dict.fromkeys(column for row in rows for column in row)) or COLUMNS
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def scans(tmp_path, tiny):
    """Write the files of cases a to d, in names that no challenge uses."""
    folder = tmp_path / "scans of Zürich"
    for number, case in enumerate("abcd"):
        for position, name in enumerate(COLUMNS[1:-1]):
            tiny.save(folder / f"{case} {name}.nii.gz", tiny.intensities(10 * number + position))
        tiny.save(folder / f"{case} label.nii.gz", tiny.labels(3))
    return tmp_path


def problems_of(path):
    with pytest.raises(InputErrors) as caught:
        listed_cases(path, cohort=BRATS)
    assert all("; " in line and "\n" not in line for line in caught.value.problems)
    return caught.value.problems


def test_cases_are_those_of_the_sheet(scans, tiny):
    sheet = write_sheet(
        scans / "cases.tsv",
        [
            row("b", group="patient 1", stratum="LGG", fold="1", enhancing="3"),
            row("a", group="patient 1", stratum="HGG", fold="1", enhancing=""),
        ],
    )
    first, second = listed_cases(sheet, cohort=BRATS)
    assert (first.case, second.case) == ("a", "b")
    assert (first.group, first.stratum, first.fold) == ("patient 1", "HGG", 1)
    assert (first.enhancing, second.enhancing) == ("auto", 3)
    assert check_case(first, cohort=BRATS).problems == []
    import_case(first, scans / "out", cohort=BRATS)
    images, labels, _ = read_case(scans / "out", "a", cohort=BRATS)
    for position, image in enumerate(images):
        np.testing.assert_array_equal(image, tiny.intensities(position))
    np.testing.assert_array_equal(labels, tiny.labels(3))


def test_paths_may_be_absolute_and_lines_end_as_on_any_system(scans):
    sheet = write_sheet(scans / "cases.tsv", [row("a", folder=str(scans / "scans of Zürich"))])
    text = sheet.read_text(encoding="utf-8")
    sheet.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    moved = scans / "elsewhere" / "cases.tsv"
    moved.parent.mkdir()
    os.replace(sheet, moved)
    (files,) = listed_cases(moved, cohort=BRATS)
    assert files.labels.is_file()


def test_split_follows_the_sheet(scans):
    rows = [
        row("a", group="p", stratum="HGG", fold="0"),
        row("b", group="p", stratum="HGG", fold="0"),
        row("c", group="", stratum="LGG", fold="1"),
        row("d", group="", stratum="HGG", fold="2"),
    ]
    settings = {**SETTINGS, "sheet": str(write_sheet(scans / "cases.tsv", rows))}
    sources = find_selected(settings, cohort=BRATS)
    assert groups(sources) == {"a": "p", "b": "p"}
    assert strata(sources, settings)["c"] == "LGG"
    assert strata(sources, {**settings, "stratify": False}) == {}
    for seed in range(5):
        assert len({"a", "b"} & set(plan_split(sources, settings, seed=seed).test)) != 1
    assert plan_split(sources, {**settings, "folds": "sheet"}, seed=0).test == ("a", "b")
    assert plan_split(sources, {**settings, "folds": "sheet", "fold": 2}, seed=0).test == ("d",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: [], "lists no case"),
        (lambda rows: [{k: v for k, v in r.items() if k != "t2"} for r in rows], "column t2"),
        (lambda rows: [{**r, "T3": "x"} for r in rows], "'T3' is unknown"),
        (lambda rows: [rows[0], {**rows[1], "flair": ""}], "line 3: flair is empty"),
        (lambda rows: [rows[0], {**rows[1], "fold": "-1"}], "line 3: fold '-1'"),
        (lambda rows: [rows[0], {**rows[1], "fold": "²"}], "line 3: fold"),
        (lambda rows: [rows[0], {**rows[1], "enhancing": "2"}], "line 3: enhancing '2'"),
        (lambda rows: [rows[0], {**rows[1], "t1": "x\ty"}], "line 3: has not as many cells"),
        (lambda rows: [rows[0], {**rows[1], "t1": "nowhere.nii.gz"}], "no such file"),
        (lambda rows: [rows[0], {**rows[1], "t1": "cases.tsv"}], "not called .nii"),
        (lambda rows: [rows[0], {**rows[1], "t1": "."}], "is a folder"),
        (lambda rows: [rows[0], {**rows[1], "t1": rows[1]["t2"]}], "both the t1 of b and the t2"),
        (lambda rows: [rows[0], {**rows[1], "t1": rows[0]["t1"]}], "both the t1 of a and the t1"),
        (lambda rows: [rows[0], {**rows[1], "case": "a"}], "case a is also in"),
        (lambda rows: [rows[0], {**rows[1], "case": "A"}], "upper and lower case"),
        (lambda rows: [rows[0], {**rows[1], "case": "b;rm -rf"}], "rename the case"),
        (lambda rows: [rows[0], {**rows[1], "case": "../b"}], "rename the case"),
    ],
)
def test_each_mistake_is_one_line(scans, change, words):
    sheet = write_sheet(scans / "cases.tsv", change([row("a"), row("b")]))
    (problem,) = problems_of(sheet)
    assert words in problem


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no column case"), (b"case,t1,t1gd\n", "separated by tabs"), (b"\xff\xfe\n", "UTF-8")],
)
def test_what_is_no_sheet(tmp_path, content, words):
    (tmp_path / "cases.tsv").write_bytes(content)
    assert any(words in problem for problem in problems_of(tmp_path / "cases.tsv"))


def test_missing_sheet(tmp_path):
    (problem,) = problems_of(tmp_path / "nowhere.tsv")
    assert problem.startswith(f"{tmp_path / 'nowhere.tsv'}: cannot be read (No such file")


def test_all_mistakes_are_reported_together(scans):
    rows = [{**row("a"), "t1": "nowhere.nii.gz"}, {**row("b"), "flair": ""}, row("c d")]
    assert len(problems_of(write_sheet(scans / "cases.tsv", rows))) >= 3
