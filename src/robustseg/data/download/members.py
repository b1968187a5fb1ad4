"""The members of tar and zip archives in one form, read in order and within limits."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from robustseg.runtime.errors import InputError

BLOCK = 512
"""Bytes of a tar block; an archive ends with a block of zeros."""

LARGEST_READ = 2**20
"""Most bytes of one read of a tar archive."""


class Member(NamedTuple):
    """One entry of an archive.

    Attributes:
        name: path as the archive gives it; untrusted until checked.
        kind: "file" for a regular file, "folder", or the name of a type that is not unpacked.
        size: declared bytes of a regular file.
        extract: writes it below a folder and overwrites existing files.
    """

    name: str
    kind: str
    size: int
    extract: Callable[[Path], object]


def members(archive: Path, *, longest: int) -> Iterator[Member]:
    """Yield the members of a .tar, .tar.gz or .zip file, recognized by content.

    Args:
        archive: the file.
        longest: largest size of an uncompressed tar archive in bytes, headers included.

    Raises:
        InputError: the file has none of the three types, or is longer than `longest`.
        Exception: the exceptions of tarfile, gzip and zipfile for damaged files, here or in
            `extract`.
    """
    with archive.open("rb") as file:
        head = file.read(BLOCK)
        file.seek(0)
        if head[:4] in (b"PK\3\4", b"PK\5\6"):
            with zipfile.ZipFile(file) as opened:
                for info in opened.infolist():
                    extract = partial(_extract_zipped, opened, info)
                    yield Member(info.filename, _zip_kind(info), info.file_size, extract)
        elif head[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield from _tar_members(_Bounded(archive, unzipped, longest))
        elif head[257:262] == b"ustar":
            yield from _tar_members(_Bounded(archive, file, longest))
        else:
            raise InputError(f"{archive}: is none of .tar, .tar.gz and .zip; get the archive anew")


class _Bounded(io.RawIOBase):
    """A stream that allows only small reads, up to ``longest`` bytes in total.

    tarfile reads extended headers and long names into memory at their declared length.
    """

    def __init__(self, archive: Path, stream: IO[bytes] | gzip.GzipFile, longest: int) -> None:
        self.archive, self.stream, self.longest = archive, stream, longest
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_READ:
            raise InputError(f"{self.archive}: has a header of {size} bytes; do not trust it")
        self.last = self.stream.read(size)
        self._check(self.tell())
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
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


def _tar_members(stream: _Bounded) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r:") as opened:
        for info in opened:
            # With the mode and the time of a new file.
            extract = partial(opened.extract, info, set_attrs=False, filter="data")
            yield Member(info.name, _tar_kind(info), info.size, extract)
    # tarfile treats a damaged header, or the end of the file, as the end of the archive.
    if stream.last != bytes(BLOCK):
        raise tarfile.ReadError("no end of the archive")
    while stream.read(LARGEST_READ):  # the rest contains gzip's checksum
        pass


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.isreg():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    return "a device or pipe" if info.isdev() else "of unknown type"


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 1:
        return "encrypted"
    if info.is_dir() or mode == stat.S_IFDIR:
        return "folder"
    if mode == stat.S_IFLNK:
        return "a symbolic link"
    return "file" if mode in (0, stat.S_IFREG) else "a device or pipe"


def _extract_zipped(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> None:
    written = Path(opened.extract(info, folder)).stat().st_size
    if written != info.file_size:  # zipfile accepts less than declared
        raise zipfile.BadZipFile(f"{info.filename} has {written} bytes, not {info.file_size}")
