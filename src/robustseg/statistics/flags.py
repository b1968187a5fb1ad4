"""What the diagnostics of a model found wrong."""

import json
from dataclasses import dataclass
from pathlib import Path

from robustseg.errors import InputError


@dataclass(frozen=True)
class Flag:
    """A reason not to believe a model's apparent robustness.

    Attributes:
        name: short, for instance ``gradient masking``.
        evidence: the numbers, in one sentence.
        meaning: how to read them, in one sentence.
    """

    name: str
    evidence: str
    meaning: str


def read_flags(path: str | Path) -> list[Flag]:
    """Read the key ``flags`` of ``diagnostics/<model>.json``; empty where nothing is wrong.

    Raises:
        InputError: the file is not JSON or has no such list. It does not count as no flag.
    """
    try:
        flags = json.loads(Path(path).read_text())["flags"]
        return [
            Flag(*(str(flag[key]) for key in ("name", "evidence", "meaning"))) for flag in flags
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no list of flags with name, evidence and meaning ({error!r}); "
            "delete the file and run the study again"
        ) from error
