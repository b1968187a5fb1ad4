"""What a user can mend about a disk: one line each, whoever noticed it."""

import errno
import os
import re
from pathlib import Path

REASONS = {
    errno.ENOSPC: "the disk is full; make space and run again",
    errno.EDQUOT: "the quota of this disk is used up; make space and run again",
    errno.EROFS: "the disk is read-only; make it writable, or work elsewhere",
    errno.EACCES: "may not be used; change its permissions, or work elsewhere",
    errno.EPERM: "may not be used; change its permissions, or work elsewhere",
}
FULL = 64 * 1024
"""Bytes left below which a failed write is the disk's fault, whatever the writer says of it."""


def storage_problem(path: Path, error: BaseException) -> str | None:
    """Return the line about ``path`` if it was its disk that failed, else None.

    torch and safetensors raise errors of their own: the one without a number, where a disk is
    full, the other with the number in its text.
    """
    number = error.errno if isinstance(error, OSError) else None
    if stated := re.search(r"\(os error (\d+)\)", str(error)):
        number = int(stated[1])
    if number not in REASONS and isinstance(error, Exception) and _left(path.parent) < FULL:
        number = errno.ENOSPC
    return f"{path}: {REASONS[number]}" if number in REASONS else None


def _left(folder: Path) -> int:
    try:
        state = os.statvfs(folder)
    except OSError:
        return FULL
    return state.f_bavail * state.f_frsize
