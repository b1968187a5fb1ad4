"""Pieces of the rendered tables: numbers as text, cells, and a page that needs no other file."""

from collections.abc import Iterable
from html import escape

import pandas as pd

STYLE = """
body { font: 13px/1.35 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1a1a1a;
  background: #fff; margin: 2rem; }
table { border-collapse: collapse; border-top: 1.5px solid #1a1a1a;
  border-bottom: 1.5px solid #1a1a1a; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .6rem; max-width: 70rem; }
th, td { padding: .25rem .5rem; text-align: right; vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
thead th { text-align: center; vertical-align: bottom; }
thead th.left { text-align: left; }
thead tr:last-child th, thead th.left { border-bottom: .75px solid #1a1a1a; }
thead th.group { border-bottom: .75px solid #999; white-space: normal; }
tbody th { text-align: left; font-weight: 400; }
tbody tr.section > * { border-top: .75px solid #1a1a1a; }
tbody th.section { font-weight: 600; }
td.verdict { text-align: left; white-space: normal; min-width: 22rem; }
td.verdict div + div { margin-top: .3rem; }
td.first, th.first { padding-left: 1.5rem; }
.small { display: block; font-size: 10.5px; color: #555; }
.paper { display: block; font-size: 10.5px; color: #767676; font-style: italic; }
.mark { position: absolute; padding-left: .1em; }
footer { font-size: 12px; color: #333; max-width: 70rem; margin-top: .7rem; }
footer p { margin: .2rem 0; }
"""
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
    return f"{number(mean, digits)}\u00a0±\u00a0{number(sd, digits)}"


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


def cell(
    text: str, *, marks: str = "", paper: str = "", small: Iterable[str] = (), kind: str = ""
) -> str:
    """Return one ``td``: a main line with marks, the paper's in grey italics, smaller lines."""
    lines = [escape(text)]
    if marks:
        lines.append(f'<span class="mark">{escape(marks)}</span>')
    if paper:
        lines.append(f'<span class="paper">{escape(paper)}</span>')
    lines += [f'<span class="small">{escape(line)}</span>' for line in small]
    return f'<td class="{kind}">{"".join(lines)}</td>' if kind else f"<td>{''.join(lines)}</td>"


def heading(text: str, *, columns: int = 1, rows: int = 1, kind: str = "") -> str:
    """Return one ``th`` that spans columns or rows."""
    spans = f' colspan="{columns}"' if columns > 1 else ""
    spans += f' rowspan="{rows}"' if rows > 1 else ""
    spans += f' class="{kind}"' if kind else ""
    return f"<th{spans}>{escape(text)}</th>"


def page(
    *, title: str, caption: str, head: Iterable[str], body: Iterable[str], footer: Iterable[str]
) -> str:
    """Return a complete HTML page with one table; ``head`` and ``body`` are rows of markup."""
    notes = "\n".join(f"<p>{escape(line)}</p>" for line in footer)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style></head>
<body>
<table>
<caption><strong>{escape(title)}.</strong> {escape(caption)}</caption>
<thead>
{chr(10).join(head)}
</thead>
<tbody>
{chr(10).join(body)}
</tbody>
</table>
<footer>
{notes}
</footer>
</body>
</html>
"""
