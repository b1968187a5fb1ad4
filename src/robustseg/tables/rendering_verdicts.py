"""The table of verdicts as HTML."""

from collections.abc import Mapping, Sequence

import pandas as pd

from robustseg.diagnostics.flag import Flag
from robustseg.html.cells import Cell, heading
from robustseg.html.numbers import number
from robustseg.html.pages import render
from robustseg.tables.labels import NOT_COMPARABLE, REGIONS, model_label, region_code
from robustseg.tables.verdicts import DOUBLING, KINDS, verdict_regions

NO_FLAG = "no flag"
TITLES = {
    "clean": "Clean",
    "apparent": "Apparent (FGSM)",
    "worst": "Worst case (ensemble)",
    "control": "Control (random signs)",
}


def render_verdicts(
    table: pd.DataFrame, flags: Mapping[str, Sequence[Flag]], *, footer: Sequence[str]
) -> str:
    """Render :func:`robustseg.tables.verdicts.verdicts` as a page.

    Args:
        table: the table.
        flags: the same as for the table; each flag has its own lines.
        footer: notes, one paragraph each; see :func:`verdicts_footer`.
    """
    head, body = verdict_rows(table, {model: _verdict(found) for model, found in flags.items()})
    return render(
        "table.html",
        title="Verdicts",
        caption="Mean Dice over cases of every model: clean, and at ε\u00a0=\u00a0"
        f"{table['epsilon'].iloc[0]:g} as it appears under FGSM, in the worst case over the "
        "ensemble, and under random signs; and what the diagnostics say of it.",
        head=head,
        body=body,
        footer=footer,
    )


def verdict_rows(
    table: pd.DataFrame, last: Mapping[str, Cell]
) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """Return the head and the body of the table, with ``last`` as the last cell of a model."""
    regions = verdict_regions(table)
    kinds = [kind for kind in KINDS if table[f"{kind}_{regions[0]}"].notna().any()]
    doubled = bool(table[DOUBLING].notna().any())
    head = [
        [
            heading("Model", rows=2, kind="left"),
            *(heading(TITLES[kind], columns=len(regions), kind="group") for kind in kinds),
            *([heading("Last doubling", rows=2)] if doubled else []),
            heading("Verdict of the diagnostics", rows=2, kind="left"),
        ],
        [heading(region_code(region)) for _ in kinds for region in regions],
    ]
    body = []
    for _, row in table.iterrows():
        cells = [heading(model_label(row["model"]))]
        cells += [
            Cell(number(row[f"{kind}_{region}"]), kind="first" if region == regions[0] else "")
            for kind in kinds
            for region in regions
        ]
        cells += [Cell(number(row[DOUBLING]), kind="first")] if doubled else []
        body.append([*cells, last[row["model"]]])
    return head, body


def _verdict(flags: Sequence[Flag]) -> Cell:
    if not flags:
        return Cell(NO_FLAG, kind="verdict")
    parts = [
        Cell(flag.name, small=(f"Concerns the {flag.concerns}.", flag.meaning, flag.evidence))
        for flag in flags
    ]
    return Cell(parts=parts, kind="verdict")


def _codes(table: pd.DataFrame) -> str:
    """Return the meaning of the short names of the table's regions, if they have any."""
    coded = [region for region in verdict_regions(table) if region in REGIONS]
    if not coded:
        return ""
    names = ", ".join(REGIONS[region].lower() for region in coded)
    return f"{', '.join(map(region_code, coded))}: {names}. "


def verdicts_footer(
    table: pd.DataFrame, *, threat_model: str, worst_case: str, comparable: bool
) -> list[str]:
    """Return the notes of the table, one string per paragraph.

    Args:
        table: the result of :func:`robustseg.tables.verdicts.verdicts`.
        threat_model: all its settings, in words.
        worst_case: the definition of a worst case
            (:func:`robustseg.tables.footers.worst_case_note`).
        comparable: whether the data are comparable to the paper's.
    """
    remarks = [] if comparable else [f"{NOT_COMPARABLE.capitalize()} with the paper."]
    return [
        *remarks,
        f"Threat model: {threat_model}.",
        f"n = {int(table['n'].iloc[0])} test cases in every cell.",
        worst_case,
        "Apparent robustness: Dice under FGSM, the paper's attack. Control: random signs of the "
        f"same ε, which know nothing of the model. {_codes(table)}A flag says why the apparent "
        "robustness is not to be believed; no flag says that these diagnostics found no such "
        "reason, not that there is none. Its evidence is of the first test cases alone, as many as "
        "the table of diagnostics says.",
    ]
