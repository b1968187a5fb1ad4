"""One file by HTTP: checked, and resumed after an interruption.

requests sends the requests and repeats those that a busy server rejects.
This module adds resuming and limits, which neither requests nor pooch has.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from pathlib import Path

import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm

from robustseg.runtime.errors import InputError

CHUNK = 2**18
ATTEMPTS = 5
"""Attempts in a row without progress before giving up."""
BACKOFF = 1.0
"""Seconds before the second attempt; doubled before each further one."""
TIMEOUT = 60.0
"""Seconds without an answer or a byte."""
BUSY = (429, 500, 502, 503, 504)
"""Status codes after which the request is repeated."""

_HINTS = {
    401: "the server asks for a login; give an address that needs none",
    403: "the server refuses; give an address that needs no login",
    404: "there is no such file; correct the address",
    410: "the file is gone; give another address",
    416: "the server sends no part of the file; try again later",
}
logger = logging.getLogger(__name__)


def checksum_of(path: Path, algorithm: str = "sha256") -> str:
    """Return the checksum of a file as "sha256:..." or "md5:...", in hexadecimal digits."""
    with path.open("rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


def fetch_url(url: str, path: Path, *, checksum: str, most: int) -> Path:
    """Download a file, unless it exists with the right checksum.

    After an interruption the received part stays beside ``path`` with the suffix ``.part``, and the
    next call requests the rest. A file with another checksum is deleted.

    Args:
        url: http or https; redirects are followed.
        path: of the file, which appears when it is complete and has the checksum.
        checksum: as `checksum_of` returns it.
        most: largest number of bytes of the file.

    Returns:
        ``path``.

    Raises:
        InputError: the server does not send the file, or sends another one.
    """
    algorithm = checksum.partition(":")[0]
    if path.exists() and checksum_of(path, algorithm) == checksum:
        return path
    part = path.with_name(f"{path.name}.part")
    part.touch()
    # At lower levels urllib3 logs addresses, and those of a redirect may carry a signature.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        _receive_all(url, part, most)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise InputError(
            f"{url}: no answer ({_reason(error)}); check address and network and run again: what "
            "was received is kept"
        ) from error
    if checksum_of(part, algorithm) != checksum:
        part.unlink()
        raise InputError(
            f"{url}: the file received has not the checksum {checksum} and was deleted; "
            "run again, or correct the checksum"
        )
    return part.replace(path)


def _reason(error: Exception) -> str:
    """Return the innermost cause, without the objects that wrap it."""
    while isinstance(inner := getattr(error, "reason", None) or error.__context__, Exception):
        error = inner
    return " ".join(str(error).split()) or type(error).__name__


def _receive_all(url: str, part: Path, most: int) -> None:
    retry = urllib3.Retry(
        ATTEMPTS - 1,
        backoff_factor=BACKOFF,
        status_forcelist=BUSY,
        retry_after_max=60,
        raise_on_status=False,
    )
    idle, best = 0, part.stat().st_size
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        while not _receive(session, url, part, most):
            # A server without ranges may start again every time, without any progress.
            size = part.stat().st_size
            idle, best = (0, size) if size > best else (idle + 1, best)
            logger.warning("%s: cut off at %d bytes", url, size)
            if idle == ATTEMPTS:
                raise requests.ConnectionError("the connection closes early again and again")
            time.sleep(BACKOFF * 2**idle if idle else 0)


def _receive(session: requests.Session, url: str, part: Path, most: int) -> bool:
    """Request the missing part once; return whether the file is complete now."""
    have = part.stat().st_size
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as reply:
        if reply.status_code == 416 and have:
            whole = reply.headers.get("Content-Range") == f"bytes */{have}"
            os.truncate(part, have if whole else 0)
            return whole
        if reply.status_code >= 400:
            hint = _HINTS.get(reply.status_code, "try again later: what was received is kept")
            raise InputError(f"{url}: HTTP {reply.status_code}; {hint}")
        start, total = _extent(reply)
        if start not in (0, have):
            os.truncate(part, 0)
            return False
        _check_size(url, total or 0, most)
        needed, free = (total or 0) - start, shutil.disk_usage(part.parent).free
        if needed > free:
            raise InputError(f"{url}: needs {needed} bytes, {part.parent} has {free}; make room")
        os.truncate(part, start)  # a server that ignores the range sends the whole file again
        try:
            _write(url, reply, part, total, most)
        except urllib3.exceptions.HTTPError as error:
            logger.warning("%s: %s", url, error)
            return False
    return total is None or part.stat().st_size == total


def _extent(reply: requests.Response) -> tuple[int, int | None]:
    """Return where in the file the body starts, and the file's size if the server states it."""
    start, total = "0", reply.headers.get("Content-Length", "")
    if reply.status_code == 206:
        extent = reply.headers.get("Content-Range", "")
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", extent)
        start, total = match.groups() if match else ("-1", "")
    return int(start), int(total) if total.isdecimal() else None


def _write(url: str, reply: requests.Response, part: Path, total: int | None, most: int) -> None:
    with (
        part.open("ab") as file,
        tqdm(
            desc=part.stem,
            initial=file.tell(),
            total=total,
            unit="B",
            unit_scale=True,
            disable=None,  # shown on a terminal only
        ) as bar,
    ):
        # As sent: requests would unpack a .tar.gz that a server labels as encoded.
        for chunk in reply.raw.stream(CHUNK, decode_content=False):
            file.write(chunk)
            bar.update(len(chunk))
            _check_size(url, file.tell(), most)


def _check_size(url: str, size: int, most: int) -> None:
    if size > most:
        raise InputError(
            f"{url}: has more than {most} bytes; raise data.download.limits.gigabytes if you "
            "trust it"
        )
