"""One GPU of this machine for one job at a time.

Snakemake counts GPUs (``--resources gpu=4``) but does not assign them. A job takes the first one
that no other job holds. The kernel releases a lock when its process ends for any reason.
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
"""Line of a log after which the job uses a GPU."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
_held: list[FileLock] = []


def claim_gpu(
    count: Callable[[], int],
    *,
    folder: Path | None = None,
    environment: MutableMapping[str, str] = os.environ,
    pause: float = 1,
) -> str | None:
    """Hold one GPU until the process ends, and make it the only visible one; wait for a free one.

    A second call returns the same GPU.

    Args:
        count: returns the number of GPUs that the process sees, without initializing them.
        folder: of the lock files; by default one per user (and per SLURM job, which counts its
            GPUs from 0) in the folder for temporary files.
        environment: where ``CUDA_VISIBLE_DEVICES`` is read and set.
        pause: seconds between two attempts.

    Returns:
        The GPU's name in ``CUDA_VISIBLE_DEVICES``, or None on a machine without a GPU.
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
    """Return the GPUs that ``CUDA_VISIBLE_DEVICES`` lists, or else their numbers."""
    if count == 0:
        return []
    if listed := environment.get(VISIBLE):
        return listed.split(",")[:count]
    return [str(number) for number in range(count)]
