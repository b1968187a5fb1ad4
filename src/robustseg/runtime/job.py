"""The frame of every job: a log file, and one line instead of a traceback."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from robustseg.runtime.errors import InputError
from robustseg.runtime.storage import storage_problem


@contextmanager
def job(log: str | Path) -> Iterator[logging.Logger]:
    """Log the block to ``log``; print an `InputError` and end the process with status 1.

    Warnings of the library are printed too. A failing disk also ends the process with one line. Any
    other exception is a defect and propagates with its traceback.
    """
    # A log on a full disk must not hide the reason why the job ends.
    logging.raiseExceptions = False
    log = Path(log)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(
            filename=log,
            filemode="w",
            level=logging.INFO,
            format="%(asctime)s %(levelname)s %(message)s",
        )
    except OSError as error:
        sys.exit(storage_problem(log, error) or f"{log}: {error.strerror}")
    logger = logging.getLogger("robustseg")
    said = logging.StreamHandler()
    said.addFilter(lambda record: record.levelno == logging.WARNING)
    logger.addHandler(said)
    try:
        yield logger
    except InputError as error:
        logger.error("%s", error)
        print(error, file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        logger.exception("failed")
        # Only an OSError proves a problem of the disk. Other errors on a full disk may be defects.
        if isinstance(error, OSError) and (
            problem := storage_problem(Path(error.filename or log), error)
        ):
            sys.exit(problem)
        raise
