"""Unpacking an archive that nobody vouches for: nothing is written outside the target folder."""

import gzip
import re
import struct
import sys
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from robustseg.data.download.archive_members import Member, open_archive
from robustseg.runtime.errors import InputError

CHUNK = 2**20
HEADERS = 4096
"""Bytes of headers and padding that a tar archive may spend on a member."""

_IMAGE = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,  # of zipfile, at an empty name
    ValueError,
    OverflowError,
    RuntimeError,  # also NotImplementedError: a compression that zipfile does not know
)


@dataclass
class Limits:
    """What all archives of one download may still unpack to.

    Attributes:
        bytes: sum of the members' sizes, wanted or not.
        files: number of members, wanted or not.
    """

    bytes: int
    files: int

    def spend(self, archive: Path, size: int) -> None:
        """Take one member of ``size`` bytes off, or raise an InputError that names the limit."""
        self.bytes -= size
        self.files -= 1
        for left, limit in ((self.bytes, "gigabytes"), (self.files, "files")):
            if left < 0:
                raise InputError(
                    f"{archive}: unpacks to more than data.download.limits.{limit} allows; "
                    "raise the limit if you trust the archive"
                )


def is_wanted(name: str) -> bool:
    """Tell whether a study needs the file: NIfTI images and labels, and MSD's `dataset.json`.

    MSD's test images (`imagesTs`) have no labels; hidden files are twins that macOS leaves.
    """
    path = PurePosixPath(name)
    if any(part.startswith((".", "__MACOSX")) or part == "imagesTs" for part in path.parts):
        return False
    return path.name == "dataset.json" or bool(_IMAGE.search(path.name))


def unsafe(name: str) -> str | None:
    """Return why a relative path from elsewhere must not be written to, or None."""
    if not name.isprintable():  # control characters, and bytes that are not UTF-8
        return "has an unprintable name"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "has an absolute path"
    if "\\" in name:
        return "has a backslash in its name"
    if ".." in name.split("/"):
        return "leads out of its folder"
    return None


def unpack(archive: Path, folder: Path, *, limits: Limits) -> int:
    """Write the wanted regular files of an archive below a folder.

    One unsafe member refuses the whole archive, wanted or not: absolute, with `..`, a link, a
    device, encrypted. An interrupted call leaves a part of the files: give it a folder that
    nothing takes for whole before the call has returned.

    Args:
        archive: a .tar, .tar.gz or .zip file, told apart by content.
        folder: exists; whatever lies there is not overwritten.
        limits: what may still be unpacked; lessened by this archive.

    Returns:
        The number of files written.

    Raises:
        InputError: the archive is damaged, unsafe, too large, or holds nothing wanted.
    """
    longest = limits.bytes + (limits.files + 1) * HEADERS + CHUNK
    count = 0
    try:
        with open_archive(archive, longest=longest) as members:
            shown = tqdm(
                members, desc=f"Unpacking {archive.name}", unit=" files", disable=_no_terminal()
            )
            for member in shown:
                _check(archive, member)
                limits.spend(archive, member.size)
                if member.kind == "file" and is_wanted(member.name):
                    _write(archive, member, folder)
                    count += 1
    except _DAMAGED as error:
        said = " ".join(str(error).split())
        raise InputError(f"{archive}: is damaged or cut off ({said}); get it anew") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"{archive}: cannot be unpacked to {folder} ({reason}); get it anew, or make room"
        ) from error
    if not count:
        raise InputError(f"{archive}: holds no NIfTI file; name the archive of a training set")
    return count


def _no_terminal() -> bool:
    return not sys.stderr.isatty()


def _check(archive: Path, member: Member) -> None:
    what = unsafe(member.name)
    if what is None and member.kind not in ("file", "folder"):
        what = f"is {member.kind}"
    if what is None and member.size < 0:
        what = "has a negative size"
    if what:
        raise InputError(f"{archive}: member {member.name!r} {what}; do not trust this archive")


def _write(archive: Path, member: Member, folder: Path) -> None:
    target = folder / PurePosixPath(member.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, target.open("xb") as sink:
            while chunk := source.read(CHUNK):
                sink.write(chunk)
            written = sink.tell()
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            f"{archive}: member {member.name!r} is there twice; unpack by hand and keep one"
        ) from error
    if written != member.size:
        raise InputError(
            f"{archive}: member {member.name!r} has {written} bytes instead of {member.size}; "
            "get the archive anew"
        )
