"""What the diagnostics of a model found wrong."""

import json
from pathlib import Path

from robustseg.diagnostics.verdict import Flag
from robustseg.errors import InputError


def read_flags(path: str | Path) -> list[Flag]:
    """Read the key ``flags`` of ``diagnostics/<model>.json``; empty where nothing is wrong.

    Raises:
        InputError: the file is not JSON or has no such list. It does not count as no flag.
    """
    try:
        flags = json.loads(Path(path).read_text(encoding="utf-8"))["flags"]
        return [
            Flag(*(str(flag[key]) for key in ("name", "evidence", "meaning"))) for flag in flags
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no list of flags with name, evidence and meaning ({error!r}); "
            "delete the file and run the study again"
        ) from error
