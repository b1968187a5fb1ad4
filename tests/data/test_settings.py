import pytest

from robustseg.data.settings import data_problems

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
