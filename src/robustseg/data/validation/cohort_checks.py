"""Problems between cases: copies of each other, on one side of the split or on both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from robustseg.data.validation.case import CaseReport, read_report
from robustseg.data.validation.cohort_remarks import cohort_remarks


def check_cohort(
    reports: Sequence[CaseReport],
    *,
    tested: Sequence[str],
    groups: Mapping[str, str] | None = None,
) -> list[CaseReport]:
    """Return the reports with a problem for every copy of another case, and with remarks.

    Cases are copies if any sequence has the same voxels, or if the labels are equal, whatever the
    names of the cases. If a test and a training case are copies, the training case gets the
    problem; otherwise the case with the later name.

    Args:
        reports: one per case.
        tested: names of the test cases.
        groups: case -> subject, if the dataset states it.
    """
    test = set(tested)
    # The first case in this order is kept, so a cohort that skips cases keeps the most useful ones.
    order = sorted(reports, key=lambda r: (bool(r.problems), r.case not in test, r.case))
    owners: dict[str, CaseReport] = {}
    found: dict[str, list[str]] = {}
    for report in order:
        contents = report.contents | ({"labels": report.marked} if report.marked else {})
        for sequence, (path, digest) in contents.items():
            other = owners.setdefault(digest, report)
            if other.case == report.case or report.case in found:
                continue
            if other.case in test and report.case not in test:
                what = f"a training case with the {sequence} of test case {other.case}"
            else:
                what = f"has the {sequence} of case {other.case}"
            found[report.case] = [f"{path}: {what}; leave one of them out"]
    remarks = cohort_remarks(reports, tested=test, groups=groups or {})
    return [
        replace(
            report,
            problems=[*report.problems, *found.get(report.case, [])],
            remarks=[*report.remarks, *remarks.get(report.case, [])],
        )
        for report in reports
    ]


def unnamed_problems(reports: Sequence[Path], *, tested: Sequence[str], named: Path) -> list[str]:
    """Return the problems of the cases, if reports were written since the last listing.

    Args:
        reports: files of `case.write_report`; missing files are ignored.
        tested: the test cases.
        named: log of the job that calls `cohort.accept`, which lists all problems.
    """
    written = [path for path in reports if path.exists()]
    newest = max((path.stat().st_mtime for path in written), default=0.0)
    if named.exists() and named.stat().st_mtime > newest:
        return []
    checked = check_cohort([read_report(path) for path in written], tested=tested)
    return [problem for report in checked for problem in report.problems]


def counts(reports: Sequence[CaseReport]) -> Mapping[str, int]:
    """Return the numbers of valid and of invalid cases."""
    invalid = sum(bool(report.problems) for report in reports)
    return {"valid": len(reports) - invalid, "invalid": invalid}
