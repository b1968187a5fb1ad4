"""Valid names of cases in file names, command lines and tables."""

import re
from collections.abc import Iterable, Iterator

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_LONGEST = 100


def name_problem(case: str) -> str | None:
    """Return why a case name cannot be used: `<what>; <what to do>`.

    Names become files of the results, on any file system, and arguments of jobs on clusters.
    Folders above the cases may have any name.
    """
    if len(case) > _LONGEST:
        return f"case name {case[:20]!r}... has {len(case)} characters; keep {_LONGEST}"
    if not _SAFE.fullmatch(case):
        wanted = "letters a to z, digits and _ . + - (a letter or digit first)"
        return f"case name {case!r} has other characters than {wanted}; rename the case"
    return None


def collisions(cases: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that differ only in upper and lower case."""
    seen: dict[str, str] = {}
    for case in cases:
        other = seen.setdefault(case.casefold(), case)
        if other != case:
            yield other, case
