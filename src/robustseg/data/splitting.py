"""Split of the cases into training and test, by subject."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from robustseg.errors import InputError
from robustseg.files import atomic_path
from robustseg.seeds import derive_seed

#: What is the subject in a case name, where the name says more than that.
_SUBJECTS = (
    # 2023 on: BraTS-GLI-00005-001 is the second scan of subject 00005; gliomas go on with the
    # numbers of 2021, so BraTS2021_00005 is the same person.
    (re.compile(r"^(BraTS-[A-Za-z]+-\d+)-\d+$"), r"\1"),
    (re.compile(r"^BraTS2021_(\d+)$"), r"BraTS-GLI-\1"),
    # 2017 to 2019: Brats18_TCIA02_607_1 is the first scan of TCIA02_607, in every year the same.
    (re.compile(r"^bra ?ts1[789]_(.+)_\d+$", re.IGNORECASE), r"BraTS-2017-2019-\1"),
)


@dataclass(frozen=True)
class Split:
    """Case names of the two sides, each sorted."""

    train: tuple[str, ...]
    test: tuple[str, ...]


def subject_of(case: str) -> str:
    """Return the subject that a case name belongs to, by the naming rules of the challenges."""
    for pattern, subject in _SUBJECTS:
        if pattern.match(case):
            return pattern.sub(subject, case)
    return case


def split_cases(
    cases: Sequence[str],
    *,
    test_fraction: float,
    seed: int,
    groups: Mapping[str, str] | None = None,
    test: Sequence[str] | None = None,
) -> Split:
    """Split cases such that no subject is on both sides.

    Subjects are ranked by a hash of the seed and their name, and the first
    round(subjects * test_fraction) are tested: 57 of 283 at 0.2. A case that is added or left
    out later does not reshuffle the others.

    Args:
        cases: distinct case names, in any order.
        test_fraction: share of the subjects that are tested, strictly between 0 and 1; at least
            one subject goes to either side.
        seed: another seed gives another split.
        groups: case -> subject for names that do not tell; `subject_of` serves the others.
        test: these cases are tested and all others train, instead of a drawn split.

    Raises:
        InputError: fewer than two subjects, a fraction outside (0, 1), a repeated case, or a
            ``test`` list that names unknown cases, is empty, takes all, or parts a subject.
    """
    if len(set(cases)) != len(cases):
        raise InputError("cases: a name occurs twice; rename one of the cases")
    subjects = {case: (groups or {}).get(case, subject_of(case)) for case in cases}
    if len(set(subjects.values())) < 2:
        raise InputError(
            f"cases: {len(cases)} cases of {len(set(subjects.values()))} subjects cannot be "
            "split into training and test; add cases of other subjects"
        )
    tested = _drawn(subjects, test_fraction, seed) if test is None else _listed(subjects, test)
    return Split(
        train=tuple(sorted(case for case in cases if subjects[case] not in tested)),
        test=tuple(sorted(case for case in cases if subjects[case] in tested)),
    )


def write_split(path: Path, split: Split) -> None:
    """Write the columns `case,split`, split being `train` or `test`, sorted by case."""
    rows = [(case, "train") for case in split.train] + [(case, "test") for case in split.test]
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "split"))
        writer.writerows(sorted(rows))


def _drawn(subjects: Mapping[str, str], test_fraction: float, seed: int) -> set[str]:
    """Draw the tested subjects."""
    if not 0 < test_fraction < 1:
        raise InputError(f"test_fraction: {test_fraction} is not between 0 and 1; try 0.2")
    ranked = sorted(set(subjects.values()), key=lambda subject: derive_seed(seed, subject))
    number = min(max(round(len(ranked) * test_fraction), 1), len(ranked) - 1)
    return set(ranked[:number])


def _listed(subjects: Mapping[str, str], test: Sequence[str]) -> set[str]:
    """Return the subjects of an explicit test list, after checking it."""
    if unknown := sorted(set(test) - set(subjects)):
        raise InputError(f"test cases: no case is named {', '.join(unknown)}; correct the list")
    tested = {subjects[case] for case in test}
    siblings = {case for case, subject in subjects.items() if subject in tested}
    if parted := sorted(siblings - set(test)):
        raise InputError(
            f"test cases: {', '.join(parted)} share a subject with a test case; list them too"
        )
    if not tested or len(set(test)) == len(subjects):
        raise InputError("test cases: none or all of the cases are listed; both sides need some")
    return tested
