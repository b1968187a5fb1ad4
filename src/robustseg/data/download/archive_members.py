"""The members of tar and zip archives in one form, read front to back."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from robustseg.runtime.errors import InputError

BLOCK = 512
"""Bytes of a tar block; an archive ends with a block of zeros."""

_Stream = IO[bytes] | gzip.GzipFile

LARGEST_READ = 16 * 2**20
"""Most bytes that one read of a tar archive may ask for.

tarfile takes extended headers and long names into memory at their declared length.
"""


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: path as the archive gives it; hostile until checked.
        kind: "file" for a regular file, "folder", or a phrase for what nobody should unpack.
        size: declared bytes of a regular file.
        open: returns its content.
    """

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def open_archive(archive: Path, *, longest: int) -> Iterator[Iterator[Member]]:
    """Open a .tar, .tar.gz or .zip file, told apart by content, and yield its members.

    Args:
        archive: the file.
        longest: bytes that a tar archive may have uncompressed, headers included.

    Raises:
        InputError: the file is of none of the three kinds, or longer than `longest`.
        Exception: what tarfile, gzip and zipfile raise on damaged files; the caller says it.
    """
    with archive.open("rb") as file:
        head = file.read(BLOCK)
        file.seek(0)
        if head[:4] in (b"PK\3\4", b"PK\5\6"):
            with zipfile.ZipFile(file) as opened:
                yield _zip_members(opened)
        elif head[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield _tar_members(archive, unzipped, longest=longest)
        elif head[257:262] == b"ustar":
            yield _tar_members(archive, file, longest=longest)
        else:
            raise InputError(f"{archive}: is none of .tar, .tar.gz and .zip; get the archive anew")


class _Bounded(io.RawIOBase):
    """A stream that tarfile reads in small reads, and no further than `longest`."""

    def __init__(self, archive: Path, stream: _Stream, longest: int) -> None:
        self.archive, self.stream, self.longest = archive, stream, longest
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_READ:
            raise InputError(f"{self.archive}: has a header of {size} bytes; do not trust it")
        self.last = self.stream.read(size)
        self._check(self.stream.tell())
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check(offset)
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def _check(self, position: int) -> None:
        if position > self.longest:
            raise InputError(
                f"{self.archive}: unpacks to more than {self.longest} bytes; "
                "raise data.download.limits if you trust it"
            )


def _tar_members(archive: Path, stream: _Stream, *, longest: int) -> Iterator[Member]:
    bounded = _Bounded(archive, stream, longest)
    with tarfile.open(fileobj=bounded, mode="r:") as opened:
        for info in opened:
            yield Member(
                name=info.name,
                kind=_tar_kind(info),
                size=info.size,
                open=partial(_content, opened, info),
            )
    # tarfile takes a damaged header, or the end of the file, for the end of the archive.
    if bounded.last != bytes(BLOCK):
        raise tarfile.ReadError("no end of the archive")
    while bounded.read(2**20):  # what follows holds gzip's check sum
        pass


def _content(opened: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = opened.extractfile(info)
    assert content is not None  # a regular file has content
    return content


def _tar_kind(info: tarfile.TarInfo) -> str:
    try:
        tarfile.data_filter(info, "unpacked")
    except tarfile.FilterError as error:
        return f"unsafe ({type(error).__name__})" if info.isreg() or info.isdir() else _odd(info)
    if info.isreg():
        return "file"
    return "folder" if info.isdir() else _odd(info)


def _odd(info: tarfile.TarInfo) -> str:
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    return "a device or pipe" if info.isdev() else "of unknown type"


def _zip_members(opened: zipfile.ZipFile) -> Iterator[Member]:
    for info in opened.infolist():
        yield Member(
            name=info.filename,
            kind=_zip_kind(info),
            size=info.file_size,
            open=partial(opened.open, info),
        )


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 1:
        return "encrypted"
    if mode == stat.S_IFLNK:
        return "a symbolic link"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device or pipe"
    return "folder" if info.is_dir() or mode == stat.S_IFDIR else "file"
