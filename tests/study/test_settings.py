import pytest

from robustseg.study.data_settings import data_problems, source_problems

GOOD = {
    "source": "folder",
    "folder": "data/my cases",
    "sheet": None,
    "test_cases": [],
    "folds": None,
    "fold": 0,
}


def test_good_settings_have_no_problem():
    assert list(data_problems(GOOD)) == []
    assert list(data_problems({**GOOD, "folds": 5, "fold": 4})) == []
    sheet = {"source": "sheet", "folder": None, "sheet": "fälle.tsv", "folds": "sheet", "fold": 7}
    assert list(data_problems({**GOOD, **sheet})) == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"folder": None}, "folder"),
        ({"folder": "  "}, "folder"),
        ({"folder": "a\nb"}, "folder"),
        ({"folder": "a\x00b"}, "folder"),
        ({"source": "sheet"}, "sheet"),
        ({"folds": 3, "test_cases": ["a"]}, "folds"),
        ({"fold": 1}, "fold"),
        ({"folds": 3, "fold": 3}, "fold"),
        ({"folds": "sheet"}, "folds"),
    ],
)
def test_each_problem_is_one_line_with_its_key(change, key):
    (problem,) = data_problems({**GOOD, **change})
    assert problem.startswith(f"data.{key}: ")
    assert "; " in problem
    assert problem.isprintable()


DEFAULT = {"source": "phantoms", "folder": None, "sheet": None, "layout": "auto"}
PAPER = {"source": "folder", "folder": "data/BraTS"}


@pytest.mark.parametrize(
    ("overlays", "keys"),
    [
        ([{"folder": "nowhere"}], ["folder"]),
        ([{"sheet": "nowhere.tsv", "folds": 3}], ["sheet"]),
        ([{"folder": "a", "layout": "msd"}, {"sheet": "b"}], ["folder", "layout", "sheet"]),
        ([{"source": "phantoms", "folder": "a"}], ["folder"]),
        ([PAPER, {"sheet": "a.tsv"}], ["sheet"]),
        ([{"source": "sheet", "sheet": "a.tsv"}, {"folder": "a"}], ["folder"]),
        ([PAPER, {"source": "sheet", "sheet": "a.tsv"}, {"folder": "a"}], ["folder"]),
    ],
)
def test_a_path_that_no_source_reads_is_one_line(overlays, keys):
    found = list(source_problems({"data": data} for data in (DEFAULT, *overlays)))
    assert [line.partition(": ")[0] for line in found] == [f"data.{key}" for key in keys]
    assert all("; set data.source: " in line for line in found)


@pytest.mark.parametrize(
    "overlays",
    [
        [],
        [PAPER],
        [PAPER, {"folder": "b"}],
        [{"folder": "b"}, {"source": "folder"}],
        [PAPER, {"source": "sheet", "sheet": "a.tsv"}],
        [{"source": "sheet", "sheet": "a.tsv", "folder": "b"}],
        [PAPER, {"source": "phantoms"}],
        [{"folder": "b"}, {"folder": ""}],
    ],
)
def test_whoever_names_the_source_has_decided(overlays):
    layers = [{"data": data} for data in (DEFAULT, *overlays)]
    assert not list(source_problems([*layers, {"seed": 1}, {"data": "text"}]))
