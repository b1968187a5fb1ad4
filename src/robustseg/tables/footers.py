"""Notes below every rendered table: threat model, sample, tests and families."""

import pandas as pd

from robustseg.tables.labels import NOT_COMPARABLE, in_sentence
from robustseg.tables.table1 import UNCHANGED, scored_columns


def table1_footer(
    table: pd.DataFrame, *, threat_model: str, not_comparable: str | None = NOT_COMPARABLE
) -> list[str]:
    """Return the notes of Table 1, one string per paragraph.

    Args:
        table: the result of :func:`robustseg.tables.table1.table1`.
        threat_model: all its settings, in words.
        not_comparable: why the paper's numbers are left out, or None.
    """
    scored = scored_columns(table)
    tested = int(sum(table[f"{score}_p_paper"].notna().sum() for score in scored))
    zeros = pd.concat([table[f"{score}_zeros"] for score in scored])
    ties = pd.concat([table[f"{score}_ties"] for score in scored])
    return [
        _comparability(table, not_comparable),
        f"Threat model: {threat_model}.",
        _sample(table["n"], zeros, ties),
        _tests("no attack"),
        f"Corrected p-values, Holm's (H) and Bonferroni's (B): one family, the table's {tested} "
        "tests (every attack in every region); exact H: Holm's, of the exact test. Random signs "
        "of the same ε are the control: described, not tested.",
        *_unchanged(table[UNCHANGED]),
    ]


def table2_footer(
    table: pd.DataFrame,
    *,
    threat_model: str,
    ensemble: str | None = None,
    not_comparable: str | None = NOT_COMPARABLE,
) -> list[str]:
    """Return the notes of Table 2, one string per paragraph.

    Args:
        table: the result of :func:`robustseg.tables.table2.table2`.
        threat_model: all its settings, in words.
        ensemble: that of the worst-case columns, in words, if the table has them.
        not_comparable: why the paper's numbers are left out, or None.
    """
    footer = [
        _comparability(table, not_comparable),
        f"Threat model: {threat_model}.",
        _sample(table["n"], table["zeros"], table["ties"]),
        _tests(f"{in_sentence(table['model'].iloc[0])} at the same ε"),
        "Corrected p-values, Holm's (H) and Bonferroni's (B): one family, the table's "
        f"{int(table['p_paper'].notna().sum())} tests (every model, region and ε); "
        "exact H: Holm's, of the exact test.",
    ]
    if ensemble is not None:
        footer += [
            worst_case_note(ensemble),
            "Tests of worst cases: against the worst case of "
            f"{in_sentence(table['model'].iloc[0])} at the same ε, corrected as a family of "
            f"their own ({int(table['worst_p_paper'].notna().sum())} tests, those at ε = 0 "
            "included, where the worst case is the Dice without attack).",
        ]
    return footer


def worst_case_note(ensemble: str) -> str:
    """Return the definition of a worst case; ``ensemble`` in words."""
    return (
        "Worst case at ε: for every case and region the least Dice over the attacks of the "
        f"ensemble {ensemble} and over all evaluated ε′ ≤ ε, the clean volume included. "
        "An upper bound of the robustness: a stronger ensemble can only lower it."
    )


def _comparability(table: pd.DataFrame, why: str | None) -> str:
    if any(column.startswith("paper_") for column in table.columns):
        return (
            "In gray italics: the paper's number (arXiv 1908.00656, "
            "doi 10.1007/s10278-021-00507-5)."
        )
    return f"The paper's numbers are left out: {why}."


def _unchanged(cases: pd.Series) -> list[str]:
    if not cases.fillna(0).any():
        return []
    return [
        "Unchanged: cases that the attack left as they are; their PSNR is infinite, and its mean "
        "is that of the others."
    ]


def _sample(n: pd.Series, zeros: pd.Series, ties: pd.Series) -> str:
    text = f"n = {_span(n)} test cases in every cell."
    if zeros.notna().any():
        text += f" Per test, cases without a difference: {_span(zeros)}; tied: {_span(ties)}."
    return text


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def _tests(reference: str) -> str:
    return (
        f"p: two-sided Wilcoxon signed-rank test against {reference} by its normal approximation, "
        "without continuity correction, zero differences dropped (the test behind the paper's "
        "p-values). * p ≤ 0.05, uncorrected, as in the paper's Table 2. "
        "† p ≤ 0.05 by the exact signed-rank test after Holm's correction. "
        "Median of the paired differences with its 95 % percentile bootstrap interval over cases; "
        "r: matched-pairs rank-biserial correlation, positive when the row is higher than the "
        "reference."
    )
