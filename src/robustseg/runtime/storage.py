"""Problems of a disk that a user can fix, one line each, from any writer."""

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
"""If fewer bytes than this are free, a failed write counts as a full disk."""


def storage_problem(path: Path, error: BaseException) -> str | None:
    """Return the line about ``path`` if its disk failed, else None.

    torch and safetensors raise their own errors for a full disk. torch's error has no number, and
    that of safetensors has the number in its text.
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
