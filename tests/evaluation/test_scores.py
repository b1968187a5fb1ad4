import csv
from dataclasses import replace

import pytest

from robustseg.data.cohort import BRATS
from robustseg.evaluation.scores import iteration_columns, score_columns, write_rows
from robustseg.statistics.long_table import write_long_table

SCORE_COLUMNS, ITERATION_COLUMNS = score_columns(BRATS), iteration_columns(BRATS)
ROW = {
    "case": "a, b",
    "dice_wt": 1 / 3,
    "dice_tc": 1.0,
    "dice_et": 0.0,
    "psnr": None,
    "ssim": None,
    "rmse": 0.1 + 0.2,
    "linf": 0.05,
}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_header_and_cells(tmp_path):
    write_rows(tmp_path / "s.csv", [ROW], SCORE_COLUMNS)
    assert (tmp_path / "s.csv").read_bytes() == (
        b'case,dice_wt,dice_tc,dice_et,psnr,ssim,rmse,linf\n"a, b",0.333333333,1,0,,,0.3,0.05\n'
    )


def test_header_of_iterates(tmp_path):
    write_rows(tmp_path / "i.csv", [{**ROW, "iteration": 0}], ITERATION_COLUMNS)
    text = (tmp_path / "i.csv").read_text()
    assert text.split("\n")[0] == "case,iteration,dice_wt,dice_tc,dice_et,psnr,ssim,rmse"
    assert text.split("\n")[1] == '"a, b",0,0.333333333,1,0,,,0.3'


def test_regions_are_columns_in_their_order(tmp_path):
    cohort = replace(BRATS, regions={"liver": (1, 2), "lesion": (2,)})
    assert score_columns(cohort)[1:3] == ("dice_liver", "dice_lesion")
    row = {"case": "a", "dice_liver": 0.5, "dice_lesion": 0.25, "psnr": 1, "ssim": 1, "rmse": 0}
    write_rows(tmp_path / "s.csv", [{**row, "linf": 0}], score_columns(cohort))
    header = "case,dice_liver,dice_lesion,psnr,ssim,rmse,linf"
    assert (tmp_path / "s.csv").read_text().split("\n")[0] == header


def test_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "s.csv"

    def rows():
        yield ROW
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        write_rows(path, rows(), SCORE_COLUMNS)
    assert list(tmp_path.iterdir()) == []
    write_rows(path, [ROW], SCORE_COLUMNS)
    before = path.read_bytes()
    with pytest.raises(KeyError):
        write_rows(path, [ROW, {"case": "c"}], SCORE_COLUMNS)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("iterations", [False, True])
def test_join_keeps_every_row_and_says_where_it_is_from(tmp_path, iterations):
    columns = ITERATION_COLUMNS if iterations else SCORE_COLUMNS
    evaluations = {}
    for number, key in enumerate([("undefended", "fgsm", "0"), ("noise-0.01", "i-fgsm", "0.05")]):
        some = [{**ROW, "iteration": 1, "case": f"{number}-{n}"} for n in range(2)]
        evaluations[key] = tmp_path / f"{number}.csv"
        write_rows(evaluations[key], some, columns)
    settings = {"threat_model": "norm=linf; a=b", "columns": columns}
    write_long_table(tmp_path / "all.csv", evaluations, seeds=[3], **settings)
    with (tmp_path / "all.csv").open(newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["model", "attack", "epsilon", *columns, "threat_model"]
    assert [row[:4] for row in table[1:]] == [
        ["undefended", "fgsm", "0", "0-0"],
        ["undefended", "fgsm", "0", "0-1"],
        ["noise-0.01", "i-fgsm", "0.05", "1-0"],
        ["noise-0.01", "i-fgsm", "0.05", "1-1"],
    ]
    assert {row[-1] for row in table[1:]} == {"norm=linf; a=b"}
    # Cells pass through as they stand in the files.
    line = (tmp_path / "0.csv").read_text().splitlines()[1]
    assert (tmp_path / "all.csv").read_text().splitlines()[1] == (
        f"undefended,fgsm,0,{line},norm=linf; a=b"
    )


@pytest.mark.parametrize("iterations", [False, True])
def test_networks_are_joined_as_model_and_seed(tmp_path, iterations):
    columns = ITERATION_COLUMNS if iterations else SCORE_COLUMNS
    evaluations = {}
    for network in ("undefended", "undefended@0"):
        evaluations[network, "fgsm", "0"] = path = tmp_path / f"{network}.csv"
        write_rows(path, [{**ROW, "iteration": 1}], columns)
    settings = {"threat_model": "norm=linf; a=b", "columns": columns}
    write_long_table(tmp_path / "all.csv", evaluations, seeds=(3, 0), **settings)
    found = rows(tmp_path / "all.csv")
    assert list(found[0]) == ["model", "seed", "attack", "epsilon", *columns, "threat_model"]
    assert [(row["model"], row["seed"]) for row in found] == [("undefended", n) for n in "30"]
    # But for the new column, cell by cell what one network's table has.
    one = {key: path for key, path in evaluations.items() if key[0] == "undefended"}
    write_long_table(tmp_path / "one.csv", one, seeds=(3,), **settings)
    (single,) = rows(tmp_path / "one.csv")
    assert [{k: v for k, v in row.items() if k != "seed"} for row in found] == [single] * 2


def test_names_that_look_like_missing_values_stay(tmp_path):
    write_rows(tmp_path / "s.csv", [{**ROW, "case": "NA"}, {**ROW, "case": "nan"}], SCORE_COLUMNS)
    files = {("null", "fgsm", "0"): tmp_path / "s.csv"}
    settings = {"threat_model": "t", "columns": SCORE_COLUMNS}
    write_long_table(tmp_path / "all.csv", files, seeds=[0], **settings)
    assert [(row["model"], row["case"]) for row in rows(tmp_path / "all.csv")] == [
        ("null", "NA"),
        ("null", "nan"),
    ]
