"""The transfer matrix: every model on the volumes made for every model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from robustseg.runtime.errors import InputError, InputErrors
from robustseg.statistics.reading import read_table
from robustseg.statistics.scores import DICE_PREFIX, dice_columns

KEYS = ("source", "target", "case")


def join_transfer(files: Mapping[str, str | Path]) -> pd.DataFrame:
    """Join the rows of all sources.

    Args:
        files: of :func:`robustseg.evaluation.transfer.transfer_row`, by source, in order.

    Returns:
        ``source``, ``target``, ``case`` and ``dice_<region>`` of every region: one row for each
        source, target and case. The targets of a source have the order of the sources.

    Raises:
        InputErrors: one line for each file with a missing column or target, a missing or repeated
            case, a blank Dice, or other regions than the first file.
    """
    tables = {source: read_table(path, KEYS[1:]) for source, path in files.items()}
    order = list(files)
    problems = []
    cases = None
    regions = dice_columns(next(iter(tables.values()))) or (f"{DICE_PREFIX}<region>",)
    for source, table in tables.items():
        missing = {*KEYS[1:], *regions} - set(table.columns)
        if missing:
            problems.append(f"{files[source]}: columns {', '.join(sorted(missing))} are missing")
            continue
        if dice_columns(table) != regions:
            problems.append(f"{files[source]}: other regions than in {files[order[0]]}")
            continue
        cases = cases if cases is not None else list(dict.fromkeys(table["case"]))
        expected = [(target, case) for target in order for case in cases]
        if list(table[["target", "case"]].itertuples(index=False, name=None)) != expected:
            problems.append(f"{files[source]}: not every model on every case, once and in order")
        elif table[list(regions)].isna().any(axis=None):
            problems.append(f"{files[source]}: a Dice is blank")
    if problems:
        raise InputErrors([f"{line}; delete the file and run again" for line in problems])
    joined = [table.assign(source=source)[[*KEYS, *regions]] for source, table in tables.items()]
    return pd.concat(joined, ignore_index=True)


def read_transfer(path: str | Path) -> pd.DataFrame:
    """Read ``transfer.csv``.

    Raises:
        InputError: a column is missing or a Dice is blank.
    """
    table = read_table(path, KEYS)
    regions = dice_columns(table)
    missing = set(KEYS) - set(table.columns)
    if missing or not regions or table[list(regions)].isna().any(axis=None):
        raise InputError(
            f"{path}: columns are missing or blank; delete the file and run the study again"
        )
    return table


def mean_dice(transfer: pd.DataFrame, models: Sequence[str], column: str) -> pd.DataFrame:
    """Return the mean of ``column`` over cases: one row per source and one column per target.

    Raises:
        InputError: a pair of models has no row.
    """
    means = transfer.groupby(["source", "target"])[column].mean().unstack("target")
    matrix = means.reindex(index=list(models), columns=list(models))
    if matrix.isna().any(axis=None):
        source = matrix.index[matrix.isna().any(axis=1)][0]
        target = matrix.columns[matrix.loc[source].isna()][0]
        raise InputError(f"transfer: no row for source {source}, target {target}; run it again")
    return matrix
