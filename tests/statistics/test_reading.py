"""Names are text in every table that is read."""

import math
from pathlib import Path

import pandas as pd
import pytest

from robustseg.evaluation.scores import QUALITY
from robustseg.statistics.reading import read_table
from robustseg.statistics.scores import read_scores
from robustseg.statistics.transfer import read_transfer
from robustseg.statistics.worst_case import read_worst_case

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["NA", "null", "None", "nan", "NULL", "N/A", "001", "1e3", "true"]


def test_names_stay_as_they_are_and_blank_numbers_are_missing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("case,dice\n" + "".join(f"{name},0.5\n" for name in NAMES) + ",\n")
    table = read_table(path, ("case", "absent"))
    assert list(table["case"]) == [*NAMES, ""]
    assert list(table["dice"][:-1]) == [0.5] * len(NAMES)
    assert math.isnan(table["dice"].iloc[-1])


@pytest.mark.parametrize("read", [read_scores, read_transfer, read_worst_case])
def test_every_table_of_the_study_keeps_its_cases(tmp_path, read):
    columns = dict.fromkeys(("model", "attack", "source", "target"), "null")
    columns |= {"ensemble": "fast", "case": NAMES, "epsilon": 0.05}
    columns |= dict.fromkeys((*QUALITY, "dice_wt", "worst_wt", "attack_wt"), 0.5)
    pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
    table = read(tmp_path / "table.csv")
    assert list(table["case"]) == NAMES
    assert table.groupby("case").size().sum() == len(NAMES)


def test_no_other_code_reads_tables_with_pandas():
    files = [*ROOT.glob("src/**/*.py"), *ROOT.glob("workflow/**/*.py")]
    readers = [path.name for path in files if "pd.read_" in path.read_text()]
    assert readers == ["reading.py"]
