"""Split of the cases into training and test, by subject."""

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from robustseg.data.split.draw import draw_folds, draw_fraction, strata_of_subjects
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path

#: The subject in a case name with further parts.
_SUBJECTS = (
    # 2023 on: BraTS-GLI-00005-001 is the second scan of subject 00005; gliomas keep the
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
    strata: Mapping[str, str] | None = None,
    test: Sequence[str] | None = None,
    folds: int | Mapping[str, int] | None = None,
    fold: int = 0,
) -> Split:
    """Split cases so that no subject is on both sides.

    Without ``test`` and ``folds`` a share of the subjects is drawn, see `draw_fraction`: 57 of
    283 at 0.2.

    Args:
        cases: distinct case names, in any order.
        test_fraction: share of the test subjects, strictly between 0 and 1; each side gets at
            least one subject.
        seed: another seed gives another split.
        groups: case -> subject; `subject_of` gives the subject of other cases.
        strata: case -> stratum; every stratum contributes its share of the test subjects.
        test: the test cases of a split that is not drawn; all others are training cases.
        folds: number of folds to deal the subjects to, or the fold of every case.
        fold: the test fold.

    Raises:
        InputError: fewer than two subjects, a fraction outside (0, 1), a repeated case, a
            ``test`` list that names unknown cases, is empty, has all cases, or divides a subject,
            or folds that divide a subject or leave one side without cases.
    """
    if len(set(cases)) != len(cases):
        raise InputError("cases: a name occurs twice; rename one of the cases")
    subjects = {case: (groups or {}).get(case) or subject_of(case) for case in cases}
    if len(set(subjects.values())) < 2:
        raise InputError(
            f"cases: {len(cases)} cases of {len(set(subjects.values()))} subjects cannot be "
            "split into training and test; add cases of other subjects"
        )
    balanced = strata_of_subjects(cases, subjects, strata or {})
    if test is not None:
        tested = _listed(subjects, test)
    elif folds is not None:
        tested = _fold(subjects, balanced, folds, fold, seed)
    elif 0 < test_fraction < 1:
        tested = draw_fraction(balanced, test_fraction, seed)
    else:
        raise InputError(f"test_fraction: {test_fraction} is not between 0 and 1; try 0.2")
    return Split(
        train=tuple(sorted(case for case in cases if subjects[case] not in tested)),
        test=tuple(sorted(case for case in cases if subjects[case] in tested)),
    )


def size_problems(split: Split, *, min_test_cases: int) -> list[str]:
    """Return one line for each side with too few cases."""
    problems = []
    if not split.train:
        problems.append("training cases: none is left; add or fix cases")
    if len(split.test) < min_test_cases:
        problems.append(
            f"test cases: {len(split.test)}, fewer than data.min_test_cases {min_test_cases} "
            "(below 6 no exact signed-rank test reaches p = 0.05); test more or lower that key"
        )
    return problems


def write_split(
    path: Path,
    split: Split,
    *,
    groups: Mapping[str, str],
    strata: Mapping[str, str],
    skipped: Collection[str] = (),
) -> None:
    """Write the columns `case,subject,stratum,split`, sorted by case.

    Args:
        path: of the CSV file.
        split: of all cases, the skipped ones included.
        groups: as of `split_cases`.
        strata: as of `split_cases`.
        skipped: their split reads `skipped` instead of `train` or `test`.
    """
    sides = {**dict.fromkeys(split.train, "train"), **dict.fromkeys(split.test, "test")}
    sides |= dict.fromkeys(skipped, "skipped")
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "subject", "stratum", "split"))
        for case, side in sorted(sides.items()):
            subject = groups.get(case) or subject_of(case)
            writer.writerow((case, subject, strata.get(case, ""), side))


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


def _fold(
    subjects: Mapping[str, str],
    strata: Mapping[str, str],
    folds: int | Mapping[str, int],
    fold: int,
    seed: int,
) -> set[str]:
    """Return the subjects of one fold."""
    if isinstance(folds, int):
        if not 2 <= folds <= len(strata):
            raise InputError(
                f"folds: {len(strata)} subjects cannot be dealt to {folds} folds; take 2 to "
                f"{len(strata)}"
            )
        of_subject = draw_folds(strata, folds, seed)
    else:
        of_subject = _given_folds(subjects, folds)
    tested = {subject for subject, number in of_subject.items() if number == fold}
    if not tested or len(tested) == len(of_subject):
        known = sorted(set(of_subject.values()))
        raise InputError(f"fold: {fold} has no case or all of them; the folds are {known}")
    return tested


def _given_folds(subjects: Mapping[str, str], folds: Mapping[str, int]) -> dict[str, int]:
    """Return the fold of every subject from those of the cases."""
    if missing := sorted(set(subjects) - set(folds)):
        raise InputError(f"folds: {', '.join(missing)} have none; give every case a fold")
    by_subject: dict[str, set[int]] = defaultdict(set)
    for case, subject in subjects.items():
        by_subject[subject].add(folds[case])
    if parted := sorted(subject for subject, numbers in by_subject.items() if len(numbers) > 1):
        raise InputError(
            f"folds: the cases of {', '.join(parted)} are in several folds; put them into one"
        )
    return {subject: numbers.pop() for subject, numbers in by_subject.items()}
