"""Tar archives that nobody vouches for, read within bounds and to their end."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from robustseg.runtime.errors import InputError

BLOCK = 512
"""Bytes of a tar block; an archive ends with blocks of zeros."""

LARGEST_READ = 16 * 2**20
"""Most bytes that one read may ask for."""


class Bounded(io.RawIOBase):
    """A stream that is read in small reads, and no further than ``longest`` bytes.

    tarfile takes extended headers and long names into memory at the length that they declare.
    """

    def __init__(self, archive: Path, stream: IO[bytes] | gzip.GzipFile, longest: int) -> None:
        self.archive, self.stream, self.longest = archive, stream, longest
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        """Read; an `InputError` names the archive where that leads beyond the bounds."""
        if not 0 <= size <= LARGEST_READ:
            raise InputError(f"{self.archive}: has a header of {size} bytes; do not trust it")
        self.last = self.stream.read(size)
        self._check(self.tell())
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Seek; an `InputError` names the archive where that leads beyond the bounds."""
        self._check(offset)
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def _check(self, position: int) -> None:
        if position > self.longest:
            raise InputError(
                f"{self.archive}: unpacks to more than {self.longest} bytes; "
                "raise data.download.limits if you trust it"
            )


def extract_tar(bounded: Bounded, folder: Path, choose: Callable[[tarfile.TarInfo], bool]) -> None:
    """Extract the chosen members of a tar archive, with the mode and the time of any new file.

    tarfile takes a damaged header, or the end of the file, for the end of the archive.
    Here the blocks of zeros must be there, and what follows is read for gzip's checksum.

    Args:
        bounded: the archive, uncompressed.
        folder: exists; files in it may be overwritten.
        choose: tells whether a member is to be extracted; its exceptions go through.

    Raises:
        InputError: the archive leads beyond its bounds.
        tarfile.TarError: it is damaged.
        Exception: what else gzip and tarfile raise on damaged files.
    """
    with tarfile.open(fileobj=bounded, mode="r:") as opened:
        for info in opened:
            if choose(info):
                opened.extract(info, folder, set_attrs=False, filter="data")
    if bounded.last != bytes(BLOCK):
        raise tarfile.ReadError("no end of the archive")
    while bounded.read(2**20):
        pass
