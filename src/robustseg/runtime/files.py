"""Files that are either complete or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from robustseg.runtime.errors import InputError
from robustseg.runtime.storage import storage_problem


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary sibling of ``path``; rename it to ``path`` when the block succeeds.

    The temporary name keeps the suffixes of ``path``, by which writers such as nibabel and numpy
    choose the format. The file is removed if the block raises.

    Raises:
        InputError: the disk is full or cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except Exception as error:
        if problem := storage_problem(path, error):
            raise InputError(problem) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)
