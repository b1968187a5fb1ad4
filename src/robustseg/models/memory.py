"""Keep freed memory in the process: a CPU's gradient is otherwise full of page faults."""

import ctypes
import platform

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Parameters of glibc's ``mallopt``."""

NEVER = 2**31 - 1
DEFAULTS = (128 * 1024, 65536)


def keep_freed_memory(keep: bool = True) -> None:
    """Let malloc hand large blocks out again instead of returning them to the system.

    A network's feature maps are each larger than malloc's limit for blocks of their own: torch
    frees and allocates them layer by layer, and the kernel zeroes every page anew. The numbers
    computed do not change. Does nothing where the C library is not glibc.

    Args:
        keep: False restores glibc's defaults.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    trim, mmaps = (NEVER, 0) if keep else DEFAULTS
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(TRIM_THRESHOLD, trim)
    mallopt(MMAP_MAX, mmaps)
