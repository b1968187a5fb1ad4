"""Reading tables in which names are text."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd


def read_table(path: str | Path, texts: Iterable[str]) -> pd.DataFrame:
    """Read a CSV file, with the columns ``texts``, if it has them, as names.

    A name is never a number or a missing value: 001, NA, null, None and nan stay as they are, and
    an empty cell is the empty text. In other columns an empty cell is NaN.
    """
    texts = set(texts)
    numbers = [column for column in pd.read_csv(path, nrows=0).columns if column not in texts]
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values={column: ["", "nan", "NaN"] for column in numbers},
    )
