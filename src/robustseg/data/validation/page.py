"""The page of the validation: a row a case with its picture, problems first."""

from collections.abc import Mapping, Sequence
from html import escape

from robustseg.data.cohort import BRATS, Cohort
from robustseg.data.thumbnails import class_colour
from robustseg.data.validation.case import CaseReport
from robustseg.data.validation.cohort_checks import counts
from robustseg.html.document import document, picture

#: What the thumbnails show of BraTS's classes, in words.
_TUMOURS = "red necrotic or non-enhancing tumour, green oedema, yellow enhancing tumour"


def _head(cohort: Cohort) -> tuple[str, ...]:
    volumes = "Brain (ml)", "Tumour (ml)"
    return (
        "Case",
        f"{', '.join(cohort.sequences)}, labels",
        "Grid",
        *(volumes if cohort.of_tumours else ("Foreground (ml)", "Labelled (ml)")),
        "Intensities (min, mean, max)",
        "Found",
    )


def _colours(cohort: Cohort) -> str:
    """Return the colours of the classes in words."""
    if cohort.of_tumours:
        return _TUMOURS
    named = list(enumerate(cohort.classes))[1:]
    return ", ".join(f"{class_colour(index)} {name}" for index, name in named)


def validation_page(
    reports: Sequence[CaseReport], split: Mapping[str, str], cohort: Cohort = BRATS
) -> str:
    """Return the page as HTML that needs no other file.

    Args:
        reports: one a case; those with problems come first, then those with remarks.
        split: case -> `train` or `test`.
        cohort: the cases are of.
    """
    number = counts(reports)
    order = sorted(reports, key=lambda r: (not r.problems, not r.remarks, r.case))
    heads = "".join(f"<th>{escape(text)}</th>" for text in _head(cohort))
    rows = "\n".join(_row(report, split.get(report.case, ""), cohort) for report in order)
    return document(
        "Validation of the cases",
        f"<p>{number['valid']} of {len(reports)} cases are valid, {number['invalid']} are not. "
        f"Every voxel of every file was read. Labels: {_colours(cohort)}.</p>\n"
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>",
    )


def _row(report: CaseReport, side: str, cohort: Cohort) -> str:
    facts = report.facts
    grid = [
        " × ".join(map(str, facts.get("shape", ()))),
        " × ".join(f"{length:g}" for length in facts.get("spacing_mm", ())) + " mm",
        facts.get("orientation", ""),
    ]
    stripped = {True: "skull-stripped", False: "not skull-stripped"}
    skull = _small(stripped[facts["skull_stripped"]]) if "brain_ml" in facts else ""
    tumour = facts.get("tumour_ml", {})
    found = [f'<div class="problem">{escape(problem)}</div>' for problem in report.problems]
    found += [f'<div class="remark">{escape(remark)}</div>' for remark in report.remarks]
    shown = report.thumbnail and picture(report.thumbnail, f"slices of {report.case}")
    cells = [
        f"{escape(report.case)}{_small(side)}",
        shown or "unreadable",
        "<br>".join(map(escape, grid)) if "shape" in facts else "",
        f"{facts['brain_ml']:.0f}{skull if cohort.of_tumours else ''}"
        if "brain_ml" in facts
        else "",
        "<br>".join(f"{name} {tumour[name]:.1f}" for name in cohort.classes[1:] if name in tumour),
        "<br>".join(
            _extremes(sequence, facts[sequence])
            for sequence in cohort.sequences
            if sequence in facts
        ),
        "".join(found) or "valid",
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _extremes(sequence: str, values: Mapping[str, float]) -> str:
    return f"{sequence} " + ", ".join(f"{values[name]:.5g}" for name in ("min", "mean", "max"))


def _small(text: str) -> str:
    return f'<span class="small">{escape(text)}</span>' if text else ""
