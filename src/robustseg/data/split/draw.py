"""Draw of the test subjects: a share of them or one of several folds, balanced over strata."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from robustseg.runtime.seeds import derive_seed


def draw_fraction(strata: Mapping[str, str], fraction: float, seed: int) -> set[str]:
    """Return round(n * fraction) of n subjects, at least one and at most n - 1.

    Every stratum contributes its share, rounded by largest remainder to keep the total. Within a
    stratum, subjects are ranked by a hash of the seed and their name, so adding or removing one
    does not reorder the others.

    Args:
        strata: subject -> stratum; all equal for no balancing.
        fraction: strictly between 0 and 1.
        seed: another seed gives another draw.
    """
    ranked = _ranked(strata, seed)
    wanted = min(max(round(len(strata) * fraction), 1), len(strata) - 1)
    exact = {name: len(subjects) * wanted / len(strata) for name, subjects in ranked.items()}
    number = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (number[name] - exact[name], name))
    for name in by_remainder[: wanted - sum(number.values())]:
        number[name] += 1
    return {subject for name, subjects in ranked.items() for subject in subjects[: number[name]]}


def draw_folds(strata: Mapping[str, str], folds: int, seed: int) -> dict[str, int]:
    """Return the fold of every subject, 0 to ``folds`` - 1.

    Subjects are dealt like cards, one stratum after the other. The sizes of the folds differ by at
    most one, and so do the numbers of a stratum's subjects in them.
    """
    order = [subject for subjects in _ranked(strata, seed).values() for subject in subjects]
    return {subject: position % folds for position, subject in enumerate(order)}


def strata_of_subjects(
    cases: Iterable[str], subjects: Mapping[str, str], strata: Mapping[str, str]
) -> dict[str, str]:
    """Return subject -> stratum; a subject with cases in several strata gets their joint stratum.

    Args:
        cases: all cases.
        subjects: case -> subject.
        strata: case -> stratum; cases that are not listed form one stratum.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        found[subjects[case]].add(strata.get(case, ""))
    return {subject: "+".join(sorted(names)) for subject, names in found.items()}


def _ranked(strata: Mapping[str, str], seed: int) -> dict[str, list[str]]:
    """Return stratum -> its subjects in the order of their hashes, strata sorted."""
    by_stratum: dict[str, list[str]] = defaultdict(list)
    for subject in sorted(strata, key=lambda subject: derive_seed(seed, subject)):
        by_stratum[strata[subject]].append(subject)
    return dict(sorted(by_stratum.items()))
