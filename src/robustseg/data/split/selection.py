"""The cases of a study and their split, from the `data` part of its configuration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.layouts.find import find_cases, listed_cases
from robustseg.data.split.split import Split, split_cases


def find_selected(data: Mapping[str, Any], cohort: Cohort) -> list[CaseFiles]:
    """Return the cases of a folder or of a sample sheet, sorted by name.

    Raises:
        InputErrors: every structural problem, one line each.
    """
    if data["source"] == "sheet":
        return listed_cases(Path(data["sheet"]).expanduser(), cohort)
    return find_cases(Path(data["folder"]).expanduser(), layout=data["layout"], cohort=cohort)


def groups(sources: Sequence[CaseFiles]) -> dict[str, str]:
    """Return case -> patient, for the cases whose dataset states it."""
    return {files.case: files.group for files in sources if files.group}


def strata(sources: Sequence[CaseFiles], data: Mapping[str, Any]) -> dict[str, str]:
    """Return case -> stratum, for the cases whose dataset states it; none if not stratified."""
    if not data["stratify"]:
        return {}
    return {files.case: files.stratum for files in sources if files.stratum}


def plan_split(sources: Sequence[CaseFiles], data: Mapping[str, Any], *, seed: int) -> Split:
    """Return the split of all cases, as listed, as folds, or drawn.

    Raises:
        InputError: the cases cannot be split in this way.
    """
    folds = data["folds"]
    if folds == "sheet":
        folds = {files.case: files.fold for files in sources if files.fold is not None}
    return split_cases(
        sorted(files.case for files in sources),
        test_fraction=data["test_fraction"],
        seed=seed,
        groups=groups(sources),
        strata=strata(sources, data),
        test=data["test_cases"] or None,
        folds=folds,
        fold=data["fold"],
    )
