"""Markdown tables."""

from collections.abc import Sequence


def row(cells: Sequence[object]) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def heading(*cells: str) -> str:
    """Return the first two rows of a Markdown table."""
    return row(cells) + "\n|" + "---|" * len(cells)
