"""Numbers as text."""

import pandas as pd

BLANK = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with fixed decimals and a true minus sign; a missing one as a dash."""
    if value is None or pd.isna(value):
        return BLANK
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "\u2212")


def mean_sd(mean: float | None, sd: float | None, digits: int = 3) -> str:
    """Write ``mean ± sd``; without a standard deviation (one case) the mean alone."""
    if mean is None or pd.isna(mean) or sd is None or pd.isna(sd):
        return number(mean, digits)
    return f"{number(mean, digits)} ±\u00a0{number(sd, digits)}"


def p_value(p: float | None) -> str:
    """Write a p-value as the paper does: four decimals, or ``6.6e-4`` below 0.001."""
    if p is None or pd.isna(p):
        return BLANK
    if p == 1:
        return "1"
    if p >= 0.001:
        return f"{p:.4f}"
    mantissa, exponent = f"{p:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
