"""What every job does around its work: a log file, and one line instead of a traceback."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from robustseg.errors import InputError


@contextmanager
def job(log: str | Path) -> Iterator[logging.Logger]:
    """Log the block to ``log``; end the process with status 1 on an `InputError`, its text said.

    Warnings of the library are said, too. Any other exception goes its way: it is a defect, and its traceback tells where.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=log, filemode="w", level=logging.INFO, format="%(asctime)s %(message)s"
    )
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
    except Exception:
        logger.exception("failed")
        raise
