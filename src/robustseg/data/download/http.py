"""One file by HTTP: checked, and resumed where it was cut off."""

import logging
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pooch
import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm

from robustseg.runtime.errors import InputError

CHUNK = 2**18
BUSY = (429, 500, 502, 503, 504)
"""Answers after which a server is asked again."""

_HINTS = {
    401: "the server asks for a login; give an address that needs none",
    403: "the server refuses; give an address that needs no login",
    404: "there is no such file; correct the address",
    410: "the file is gone; give another address",
    416: "the server sends no part of the file; try again later",
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server.

    Attributes:
        attempts: times in a row without coming further before giving up.
        backoff: seconds before the second of them; doubled before each further one.
        timeout: seconds without an answer or a byte.
    """

    attempts: int = 5
    backoff: float = 1.0
    timeout: float = 60.0


def fetch_url(
    url: str, path: Path, *, checksum: str, most: int, patience: Patience | None = None
) -> Path:
    """Download a file; one that is there with the right checksum is kept.

    What was received before an interruption stays beside ``path`` with the suffix ``.part``, and
    the next call asks for the rest. A file with another checksum is deleted.

    Args:
        url: http or https; redirects are followed.
        path: of the file, which appears when it is whole and has the checksum.
        checksum: "sha256:..." or "md5:...", in hexadecimal digits.
        most: bytes that the file may have.
        patience: with a server that fails.

    Returns:
        ``path``.

    Raises:
        InputError: the server does not give the file, or gives another one.
    """
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = _Resuming(path.with_name(f"{path.name}.part"), most, patience or Patience())
    try:
        pooch.retrieve(
            url, checksum, fname=path.name, path=path.parent.absolute(), downloader=downloader
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise InputError(
            f"{url}: no answer ({_reason(error)}); check address and network and run again: what "
            "was received is kept"
        ) from error
    except ValueError as error:  # after those of requests, some of which are ValueErrors
        raise InputError(
            f"{url}: the file received has not the checksum {checksum} and was deleted; "
            "run again, or correct the checksum"
        ) from error
    return path


def _reason(error: Exception) -> str:
    """Return the innermost cause, without the objects that wrap it."""
    while isinstance(inner := getattr(error, "reason", None) or error.__context__, Exception):
        error = inner
    return " ".join(str(error).split()) or type(error).__name__


class _Resuming:
    """A downloader for pooch that appends to what an earlier call received."""

    def __init__(self, part: Path, most: int, patience: Patience) -> None:
        self.part, self.most, self.patience = part, most, patience

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Write the file at ``url`` to ``output_file``, a path that pooch checks and renames."""
        retry = urllib3.Retry(
            self.patience.attempts - 1,
            backoff_factor=self.patience.backoff,
            status_forcelist=BUSY,
            retry_after_max=60,
            raise_on_status=False,
        )
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            self._receive_all(session, url)
        self.part.replace(output_file)

    def _receive_all(self, session: requests.Session, url: str) -> None:
        idle, best = 0, self._size()
        while not self._receive(session, url):
            # A server without ranges may start again and again, and never come further.
            idle, best = (0, self._size()) if self._size() > best else (idle + 1, best)
            logger.warning("%s: cut off at %d bytes", url, self._size())
            if idle == self.patience.attempts:
                raise requests.ConnectionError("the connection closes early again and again")
            time.sleep(self.patience.backoff * 2**idle if idle else 0)

    def _receive(self, session: requests.Session, url: str) -> bool:
        """Ask once for what is missing; tell whether the file is whole now."""
        have = self._size()
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with session.get(url, headers=headers, stream=True, timeout=self.patience.timeout) as reply:
            if reply.status_code == 416 and have:
                whole = reply.headers.get("Content-Range") == f"bytes */{have}"
                if not whole:
                    self.part.unlink()
                return whole
            if reply.status_code >= 400:
                hint = _HINTS.get(reply.status_code, "try again later: what was received is kept")
                raise InputError(f"{url}: HTTP {reply.status_code}; {hint}")
            start, total = _extent(reply)
            if start not in (0, have):
                self.part.unlink()
                return False
            self._check_room(url, start, total)
            with self.part.open("r+b" if have else "wb") as file:
                file.truncate(start)  # a server that ignores the range sends the whole file again
                file.seek(start)
                try:
                    self._write(url, reply, file, total)
                except urllib3.exceptions.HTTPError as error:
                    logger.warning("%s: %s", url, error)
                    return False
        return total is None or self._size() == total

    def _write(
        self, url: str, reply: requests.Response, file: IO[bytes], total: int | None
    ) -> None:
        with tqdm(
            desc=self.part.stem,
            initial=file.tell(),
            total=total,
            unit="B",
            unit_scale=True,
            disable=not sys.stderr.isatty(),
        ) as bar:
            # As sent: requests would unpack a .tar.gz that a server labels as encoded.
            for chunk in reply.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))
                if file.tell() > self.most:
                    raise InputError(_too_large(url, self.most))

    def _check_room(self, url: str, start: int, total: int | None) -> None:
        if total is None:
            return
        if total > self.most:
            raise InputError(_too_large(url, self.most))
        if total - start > (free := shutil.disk_usage(self.part.parent).free):
            raise InputError(
                f"{url}: needs {total - start} bytes, {self.part.parent} has {free}; make room"
            )

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def _too_large(url: str, most: int) -> str:
    return (
        f"{url}: has more than {most} bytes; raise data.download.limits.gigabytes if you trust it"
    )


def _extent(reply: requests.Response) -> tuple[int, int | None]:
    """Return where in the file the body starts, and the file's size where the server says it."""
    if reply.status_code == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", reply.headers.get("Content-Range", ""))
        if match is None:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = reply.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None
