"""Remarks on cases that differ from the others of their cohort."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from robustseg.data.split.split import subject_of
from robustseg.data.validation.case import CaseReport

#: A name that may be one of a patient's scans: a number, and another part at the end.
_SCAN = re.compile(r"(?P<patient>.*\d.*)[_.-][A-Za-z]*\d+")
#: More cases than this with similar names are of one hospital, not of one patient.
_MOST_SCANS = 10


def cohort_remarks(
    reports: Sequence[CaseReport], *, tested: Collection[str], groups: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return case -> remarks.

    Args:
        reports: one per case.
        tested: names of the test cases.
        groups: case -> subject, if the dataset states it.
    """
    remarks: dict[str, list[str]] = defaultdict(list)
    named = [report.case for report in reports if report.case not in groups]
    for case, remark in (*_parted_scans(named, tested), *_other_labels(reports)):
        remarks[case].append(remark)
    return remarks


def _parted_scans(cases: Sequence[str], tested: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield test cases that may share a patient with training cases: names differ only at the end.

    There are no remarks if all names begin alike, or on names whose subject is known.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for case in sorted(cases):
        match = _SCAN.fullmatch(case)
        alike[match["patient"] if match and subject_of(case) == case else case].append(case)
    if len(alike) < 2:
        return
    for patient, scans in alike.items():
        training = [case for case in scans if case not in tested]
        if not training or len(training) == len(scans) or len(scans) > _MOST_SCANS:
            continue
        for case in sorted(set(scans) - set(training)):
            yield (
                case,
                f"may be of one patient ({patient}) with {', '.join(training[:3])}, which "
                "trains: then give both one group in a sheet (data.source: sheet, column group)",
            )


def _other_labels(reports: Sequence[CaseReport]) -> Iterator[tuple[str, str]]:
    """Yield cases with a rare label value of enhancing tumor, if no file name states it."""
    labels = {
        report.case: report.facts["enhancing_label"]
        for report in reports
        if "enhancing_label" in report.facts
    }
    counts = Counter(labels.values())
    if len(counts) < 2:
        return
    rare = min(counts, key=lambda label: (counts[label], label))
    usual, times = max((pair for pair in counts.items() if pair[0] != rare), key=lambda p: p[1])
    for case, label in labels.items():
        if label == rare:
            yield (
                case,
                f"label {rare} is taken for enhancing tumor, as {usual} is in {times} other cases; "
                "until 2015 BraTS gave 3 to the non-enhancing core: correct the labels, or state "
                "the value in a sheet (column enhancing)",
            )
