"""The cells of a table, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """The contents of one cell.

    Attributes:
        text: the main line.
        marks: of significance, behind it.
        paper: the paper's number, in gray italics below.
        small: smaller lines below.
        parts: cells inside this one, one below the other.
        kind: its class in the style sheet.
        columns: number of columns that it spans.
        rows: number of rows that it spans.
        tag: ``td``, or ``th`` for a heading.
    """

    text: str = ""
    marks: str = ""
    paper: str = ""
    small: Sequence[str] = ()
    parts: Sequence["Cell"] = ()
    kind: str = ""
    columns: int = 1
    rows: int = 1
    tag: str = "td"


def heading(text: str, *, columns: int = 1, rows: int = 1, kind: str = "") -> Cell:
    """Return a heading that spans columns or rows."""
    return Cell(text, columns=columns, rows=rows, kind=kind, tag="th")
