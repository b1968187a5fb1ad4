"""The tables as self-contained HTML."""

from collections.abc import Sequence

import pandas as pd

from robustseg.html.cells import Cell, heading
from robustseg.html.numbers import mean_sd, number, p_value
from robustseg.html.pages import render
from robustseg.statistics.scores import CONTROL
from robustseg.tables.labels import (
    attack_label,
    in_sentence,
    model_label,
    region_label,
    region_of_code,
)
from robustseg.tables.seed_spread import spread_lines
from robustseg.tables.table1 import UNCHANGED, scored_columns

RAW, CORRECTED = "*", "†"


def render_table1(table: pd.DataFrame, *, footer: Sequence[str]) -> str:
    """Render :func:`robustseg.tables.table1.table1` as a page.

    Args:
        table: the table; the paper's columns, if present, appear in gray below ours.
        footer: notes, one paragraph each; see :mod:`robustseg.tables.footers`.
    """
    model, epsilon = in_sentence(table["model"].iloc[0]), table["epsilon"].max()
    scored = scored_columns(table)
    regions = [region_label(column.removeprefix("dice_")) for column in scored]
    head = [
        [
            heading("Attack", rows=2, kind="left"),
            heading("Dice", columns=len(scored), kind="group"),
            heading("Median difference from no attack", columns=len(scored), kind="group"),
            heading("Attacked input", columns=3, kind="group"),
        ],
        [heading(text) for text in (*regions, *regions, "PSNR (dB)", "SSIM", "RMSE")],
    ]
    body = [_attack_row(row, scored) for _, row in table.iterrows()]
    return render(
        "table.html",
        title="Table 1",
        caption=f"The network ({model}) under each attack at ε\u00a0=\u00a0{epsilon:g}: mean ± "
        "standard deviation over cases of the Dice coefficient and of the input's quality.",
        head=head,
        body=body,
        footer=footer,
    )


def _attack_row(row: pd.Series, scored: Sequence[str]) -> list[Cell]:
    control = " (control)" if row["attack"] == CONTROL else ""
    cells = [heading(attack_label(row["attack"], row["epsilon"]) + control)]
    cells += [
        Cell(
            mean_sd(row[f"{score}_mean"], row[f"{score}_sd"]),
            marks=_marks(row, f"{score}_"),
            paper=_paper(row, f"paper_{score}_"),
            small=spread_lines(row, score),
            kind="first" if score == scored[0] else "",
        )
        for score in scored
    ]
    cells += [
        _difference(row, f"{score}_", kind="first" if score == scored[0] else "", with_p=True)
        for score in scored
    ]
    cells += [
        Cell(
            mean_sd(row[f"{score}_mean"], row[f"{score}_sd"], digits),
            paper=_paper(row, f"paper_{score}_", digits),
            small=[*spread_lines(row, score, digits), *_unchanged(row, score)],
            kind="first" if score == "psnr" else "",
        )
        for score, digits in (("psnr", 2), ("ssim", 3), ("rmse", 3))
    ]
    return cells


def _unchanged(row: pd.Series, score: str) -> list[str]:
    unchanged = row[UNCHANGED] if score == "psnr" else pd.NA
    return [f"{unchanged} unchanged"] if not pd.isna(unchanged) and unchanged else []


def render_table2(table: pd.DataFrame, *, footer: Sequence[str]) -> str:
    """Render :func:`robustseg.tables.table2.table2` as a page, wide as in the paper.

    A row is a region and model. The columns are Dice, difference from no defense, p-values, and
    Dice under the noise control, each at every epsilon that has it. If the table has worst cases
    (see :func:`robustseg.tables.table2_worst.with_worst_case`), the same columns follow for them,
    above epsilon 0.

    Args:
        table: the table; the paper's columns, if present, appear in gray below ours.
        footer: notes, one paragraph each; see :mod:`robustseg.tables.footers`.
    """
    reference = in_sentence(table["model"].iloc[0])
    epsilons = sorted(table["epsilon"].unique())
    controls = [
        e for e in epsilons if table[table["epsilon"] == e]["control_dice_mean"].notna().any()
    ]
    worst = [e for e in epsilons if e and _has_worst_case(table[table["epsilon"] == e])]
    groups = {
        "Dice": epsilons,
        f"Median difference from {reference}": epsilons,
        "p": epsilons,
        "Dice under random signs": controls,
        f"Worst-case Dice, median difference Δ from {reference}": worst,
    }
    head = [
        [
            heading("Region", rows=2, kind="left"),
            heading("Model", rows=2, kind="left"),
            *(heading(t, columns=len(e), kind="group") for t, e in groups.items() if e),
        ],
        [heading(f"ε\u00a0=\u00a0{e:g}") for group in groups.values() for e in group],
    ]
    body = []
    for region, rows in table.groupby("region", sort=False):
        models = list(rows["model"].unique())
        label = region_label(region_of_code(str(region)))
        for model in models:
            first = model == models[0]
            cells = [heading(label, rows=len(models), kind="section")] if first else []
            cells.append(heading(model_label(model)))
            of_model = {row["epsilon"]: row for _, row in rows[rows["model"] == model].iterrows()}
            cells += _model_cells(of_model, epsilons, controls)
            cells += _worst_case_cells(of_model, worst)
            body.append(cells)
    return render(
        "table.html",
        title="Table 2",
        caption="Every model under FGSM"
        + (" and in the worst case" if worst else "")
        + ": mean ± standard deviation over cases of the Dice coefficient, and its paired "
        f"comparison with {reference} at the same ε.",
        head=head,
        body=body,
        footer=footer,
    )


def _model_cells(
    rows: dict[float, pd.Series], epsilons: Sequence[float], controls: Sequence[float]
) -> list[Cell]:
    def kind(epsilon: float, group: Sequence[float]) -> str:
        return "first" if epsilon == group[0] else ""

    dice, differences, p_values, control = [], [], [], []
    for epsilon in epsilons:
        row = rows[epsilon]
        dice.append(
            Cell(
                mean_sd(row["dice_mean"], row["dice_sd"]),
                marks=_marks(row, ""),
                paper=_paper(row, "paper_dice_"),
                small=spread_lines(row, "dice"),
                kind=kind(epsilon, epsilons),
            )
        )
        differences.append(_difference(row, "", kind=kind(epsilon, epsilons), with_p=False))
        small = [] if pd.isna(row["p_paper"]) else _corrected(row, "")
        p_values.append(
            Cell(
                p_value(row["p_paper"]),
                small=small,
                paper=p_value(row["paper_p_value"]) if _given(row, "paper_p_value") else "",
                kind=kind(epsilon, epsilons),
            )
        )
    for epsilon in controls:
        row = rows[epsilon]
        text = mean_sd(row["control_dice_mean"], row["control_dice_sd"])
        small = spread_lines(row, "control_dice")
        control.append(Cell(text, small=small, kind=kind(epsilon, controls)))
    return [*dice, *differences, *p_values, *control]


def _has_worst_case(rows: pd.DataFrame) -> bool:
    return "worst_dice_mean" in rows and bool(rows["worst_dice_mean"].notna().any())


def _worst_case_cells(rows: dict[float, pd.Series], epsilons: Sequence[float]) -> list[Cell]:
    """Return one cell per epsilon with all values, because the table is wide."""
    cells = []
    for epsilon in epsilons:
        row = rows[epsilon]
        small = spread_lines(row, "worst_dice")
        if not pd.isna(row["worst_p_paper"]):
            low, median, high = (
                number(row[f"worst_{name}"]) for name in ("ci_low", "median_difference", "ci_high")
            )
            effect = number(row["worst_rank_biserial"], 2)
            small += [
                f"Δ\u00a0{median} [{low}, {high}]",
                f"r\u00a0=\u00a0{effect} · p\u00a0=\u00a0{p_value(row['worst_p_paper'])}",
                *_corrected(row, "worst_"),
            ]
        text = mean_sd(row["worst_dice_mean"], row["worst_dice_sd"])
        kind = "first" if epsilon == epsilons[0] else ""
        cells.append(Cell(text, marks=_marks(row, "worst_"), small=small, kind=kind))
    return cells


def _marks(row: pd.Series, prefix: str) -> str:
    raw = RAW if row[f"{prefix}star"] else ""
    return raw + (CORRECTED if row[f"{prefix}star_corrected"] else "")


def _difference(row: pd.Series, prefix: str, *, kind: str, with_p: bool) -> Cell:
    """Return the cell of a difference: median, interval, effect size and, if asked, p-values."""
    median = row[f"{prefix}median_difference"]
    if pd.isna(median):
        return Cell(number(None), kind=kind)
    small = [f"[{number(row[f'{prefix}ci_low'])}, {number(row[f'{prefix}ci_high'])}]"]
    if not pd.isna(row[f"{prefix}rank_biserial"]):
        small.append(f"r\u00a0=\u00a0{number(row[f'{prefix}rank_biserial'], 2)}")
        if with_p:
            small += [f"p\u00a0=\u00a0{p_value(row[f'{prefix}p_paper'])}", *_corrected(row, prefix)]
    return Cell(number(median), small=small, kind=kind)


def _corrected(row: pd.Series, prefix: str) -> list[str]:
    holm, bonferroni, exact = (
        p_value(row[f"{prefix}{name}"]) for name in ("p_holm", "p_bonferroni", "p_exact_holm")
    )
    return [f"H\u00a0{holm} · B\u00a0{bonferroni}", f"exact\u00a0H\u00a0{exact}"]


def _given(row: pd.Series, column: str) -> bool:
    return column in row.index and not pd.isna(row[column])


def _paper(row: pd.Series, prefix: str, digits: int = 3) -> str:
    if not _given(row, f"{prefix}mean"):
        return ""
    return mean_sd(row[f"{prefix}mean"], row[f"{prefix}sd"], digits)
