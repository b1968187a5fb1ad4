"""The page of the validation: one row per case with its picture, problems first."""

from collections.abc import Mapping, Sequence

from robustseg.data.cohort import Cohort
from robustseg.data.validation.case import CaseReport
from robustseg.data.validation.cohort_checks import counts
from robustseg.html.pages import render
from robustseg.html.palette import class_color

_TUMORS = ("necrotic or non-enhancing tumor", "edema", "enhancing tumor")


def _head(cohort: Cohort) -> tuple[str, ...]:
    volumes = "Brain (ml)", "Tumor (ml)"
    return (
        "Case",
        f"{', '.join(cohort.sequences)}, labels",
        "Grid",
        *(volumes if cohort.of_tumors else ("Foreground (ml)", "Labeled (ml)")),
        "Intensities (min, mean, max)",
        "Found",
    )


def validation_page(reports: Sequence[CaseReport], split: Mapping[str, str], cohort: Cohort) -> str:
    """Return the page as self-contained HTML.

    Args:
        reports: one per case; those with problems come first, then those with remarks.
        split: case -> `train` or `test`.
        cohort: the cohort of the cases.
    """
    order = sorted(reports, key=lambda r: (not r.problems, not r.remarks, r.case))
    names = _TUMORS if cohort.of_tumors else cohort.classes[1:]
    return render(
        "validation.html",
        title="Validation of the cases",
        counts=counts(reports),
        legend={name: class_color(index) for index, name in enumerate(names, start=1)},
        head=_head(cohort),
        rows=[_row(report, split.get(report.case, ""), cohort) for report in order],
    )


def _row(report: CaseReport, side: str, cohort: Cohort) -> dict[str, object]:
    """Return the cells of a case; unknown values are blank."""
    facts = report.facts
    grid = (
        " × ".join(map(str, facts.get("shape", ()))),
        " × ".join(f"{length:g}" for length in facts.get("spacing_mm", ())) + " mm",
        facts.get("orientation", ""),
    )
    known, tumor = "brain_ml" in facts, facts.get("tumor_ml", {})
    skull = {True: "skull-stripped", False: "not skull-stripped"}
    return {
        "report": report,
        "side": side,
        "grid": grid if "shape" in facts else (),
        "foreground": f"{facts['brain_ml']:.0f}" if known else "",
        "skull": skull[facts["skull_stripped"]] if known and cohort.of_tumors else "",
        "labeled": [f"{name} {tumor[name]:.1f}" for name in cohort.classes[1:] if name in tumor],
        "intensities": [
            _extremes(sequence, facts[sequence])
            for sequence in cohort.sequences
            if sequence in facts
        ],
    }


def _extremes(sequence: str, values: Mapping[str, float]) -> str:
    return f"{sequence} " + ", ".join(f"{values[name]:.5g}" for name in ("min", "mean", "max"))
