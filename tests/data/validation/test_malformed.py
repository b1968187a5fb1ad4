"""Whatever is wrong with a cohort is said in one line that names the file and the cause."""

import tracemalloc

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.find import find_cases
from robustseg.data.validation.case import check_case
from robustseg.data.validation.cohort_checks import check_cohort
from robustseg.runtime.errors import InputErrors

from .malformed_contents import CONTENT
from .malformed_files import STRUCTURE, of


@pytest.fixture
def cohort(tmp_path, write_case, tiny):
    """Return the folder of three whole cases with contents of their own."""
    folder = tmp_path / "cohort"
    for number, case in enumerate("abc"):
        write_case(folder / case, case)
        for position, part in enumerate(("t1", "t1ce", "t2", "flair")):
            tiny.save(of(folder, case, part), tiny.intensities(10 * number + position))
        labels = tiny.labels()
        labels[2, 2, 2 + number] = 0
        tiny.save(of(folder, case, "seg"), labels)
    return folder


def problems_of(folder):
    """Return all lines that a user would read of a cohort."""
    try:
        cases = find_cases(folder, cohort=BRATS)
    except InputErrors as error:
        return error.problems
    reports = check_cohort([check_case(files, cohort=BRATS) for files in cases], tested=["a"])
    return [problem for report in reports for problem in report.problems]


def check_line(line, path, words):
    assert line.startswith(f"{path}: "), line
    assert words in line
    assert "; " in line, "a line says what to do"
    assert "\n" not in line
    assert len(line) < len(str(path)) + 400


def test_whole_cohort_has_no_problem(cohort):
    assert problems_of(cohort) == []


@pytest.mark.parametrize("name", STRUCTURE)
def test_each_damage_of_the_files_is_one_line(cohort, tiny, name):
    damage, words = STRUCTURE[name]
    path = damage(cohort, tiny)
    (line,) = problems_of(cohort)
    check_line(line, path, words)


@pytest.mark.parametrize("name", CONTENT)
def test_each_damage_of_the_contents_is_one_line(cohort, tiny, name):
    damage, words = CONTENT[name]
    path = damage(cohort, tiny)
    lines = problems_of(cohort)
    # Where the first sequence lies elsewhere, the others are off it: the first line tells.
    assert len(lines) == 1 or name in ("other spacing",)
    check_line(lines[0], path, words)


def test_all_problems_are_reported_together(cohort, tiny):
    CONTENT["nan"][0](cohort, tiny)
    CONTENT["label 5"][0](cohort, tiny)
    tiny.save(of(cohort, "c", "flair"), np.zeros(tiny.shape, dtype=np.int16))
    of(cohort, "a", "t1").write_bytes(b"no")
    assert len(problems_of(cohort)) == 4


def test_there_are_enough_of_them():
    assert len(STRUCTURE) + len(CONTENT) >= 50


@pytest.mark.parametrize("errno", [13, 5])
def test_unreadable_file(cohort, monkeypatch, errno):
    """Root may read everything, so the system's answer is imitated."""
    path = of(cohort)
    real = open

    def refuse(file, *arguments, **options):
        if str(file) == str(path):
            raise OSError(errno, {13: "Permission denied", 5: "Input/output error"}[errno])
        return real(file, *arguments, **options)

    monkeypatch.setattr("builtins.open", refuse)
    (line,) = problems_of(cohort)
    check_line(line, path, "Permission denied" if errno == 13 else "Input/output error")


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir()])
def test_no_cohort(tmp_path, make):
    make(tmp_path / "x")
    (line,) = problems_of(tmp_path / "x")
    check_line(line, tmp_path / "x", "no ")


def test_huge_volume_is_refused_before_memory_is_taken(cohort, tiny):
    CONTENT["huge volume"][0](cohort, tiny)
    (files,) = (case for case in find_cases(cohort, cohort=BRATS) if case.case == "b")
    tracemalloc.start()
    report = check_case(files, cohort=BRATS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "not read" in report.problems[0]
    assert peak < 50e6  # the header declares 70 TB
