"""The paper's printed numbers, read from ``resources/``."""

from pathlib import Path

import pandas as pd

from robustseg.runtime.errors import InputError
from robustseg.statistics.reading import read_table
from robustseg.statistics.scores import UNDEFENDED

TABLE1_COLUMNS = [
    f"{score}_{part}"
    for score in ("dice_wt", "dice_tc", "dice_et", "psnr", "ssim", "rmse")
    for part in ("mean", "sd")
]
TABLE1_EPSILON = 0.05
TABLE2_COLUMNS = ["dice_mean", "dice_sd", "p_value"]


def _read(path: str | Path, keys: list[str], columns: list[str]) -> pd.DataFrame:
    table = read_table(path, {"attack", "region", "model"})
    missing = set(keys + columns) - set(table.columns)
    if missing:
        raise InputError(
            f"{path}: columns {', '.join(sorted(missing))} are missing; "
            "restore the file from the repository"
        )
    return table[keys + columns].rename(columns={name: f"paper_{name}" for name in columns})


def read_paper_table1(path: str | Path) -> pd.DataFrame:
    """Read Table 1: ``attack`` (none, fgsm, i-fgsm, ti-fgsm) and ``paper_<score>_<mean|sd>``.

    ``epsilon`` is 0.05 for its attacks, so numbers at another epsilon never appear beside them.

    Raises:
        InputError: a column is missing.
    """
    table = _read(path, ["attack"], TABLE1_COLUMNS)
    table.insert(1, "epsilon", table["attack"].map({"none": 0.0}).fillna(TABLE1_EPSILON))
    return table


def read_paper_table2(path: str | Path) -> pd.DataFrame:
    """Read Table 2: ``region`` (WT, TC, ET), ``model``, ``epsilon`` and ``paper_`` numbers.

    The paper's row without a defense is named ``undefended``, as everywhere in the study.

    Raises:
        InputError: a column is missing.
    """
    table = _read(path, ["region", "model", "epsilon"], TABLE2_COLUMNS)
    table["model"] = table["model"].replace("none", UNDEFENDED)
    return table
