"""One GPU of this machine for one job at a time.

Snakemake counts GPUs (``--resources gpu=4``) and does not say which; a job takes the first that
no other job holds. The kernel lets go of a lock when its process ends, however it ends.
"""

import logging
import os
import tempfile
import time
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

TAKES = "takes GPU"
"""Of a log: from here on the job's time is a GPU's time."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
_held: list[FileLock] = []


def claim_gpu(
    count: Callable[[], int],
    *,
    folder: Path | None = None,
    environment: MutableMapping[str, str] = os.environ,
    pause: float = 1,
) -> str | None:
    """Hold one GPU until the process ends, make it the only visible one; wait where all are held.

    Called again, it answers the same.

    Args:
        count: tells how many GPUs the process sees, without initializing them.
        folder: of the lock files; by default one of the user's (and of the SLURM job's, which
            counts its own GPUs from 0) in the folder for temporary files.
        environment: where ``CUDA_VISIBLE_DEVICES`` is read and set.
        pause: seconds between two attempts.

    Returns:
        the GPU as ``CUDA_VISIBLE_DEVICES`` names it, or None on a machine without one.
    """
    if _held:
        return environment[VISIBLE]
    visible = _visible(count(), environment)
    if not visible:
        return None
    scope = f"{os.getuid()}-{environment.get('SLURM_JOB_ID', 'here')}"
    folder = folder or Path(tempfile.gettempdir()) / f"robustseg-gpus-{scope}"
    folder.mkdir(parents=True, exist_ok=True)
    said = False
    while True:
        for name in visible:
            lock = FileLock(folder / f"{name.replace('/', '_')}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            _held.append(lock)
            environment[VISIBLE] = name
            logger.info("%s %s", TAKES, name)
            return name
        if not said:
            logger.warning(
                "all %d GPUs are in use; waiting (--resources gpu=%d makes Snakemake count them)",
                *(len(visible), len(visible)),
            )
            said = True
        time.sleep(pause)


def _visible(count: int, environment: MutableMapping[str, str]) -> Sequence[str]:
    """Name the GPUs: those that ``CUDA_VISIBLE_DEVICES`` lists, or their numbers."""
    if count == 0:
        return []
    if listed := environment.get(VISIBLE):
        return listed.split(",")[:count]
    return [str(number) for number in range(count)]
