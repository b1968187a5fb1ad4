"""Unpacking of an untrusted archive: nothing is written outside the target folder."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from robustseg.data.download.members import Member, members
from robustseg.runtime.errors import InputError

HEADERS = 4096
"""Bytes of headers and padding that a tar archive may spend on a member."""


@dataclass
class Limits:
    """The remaining limits of all archives of one download.

    Attributes:
        bytes: sum of the members' sizes, wanted or not.
        files: number of members, wanted or not.
    """

    bytes: int
    files: int

    def spend(self, archive: Path, size: int) -> None:
        """Subtract one member of ``size`` bytes, or raise an InputError that names the limit."""
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
    return path.name == "dataset.json" or bool(re.search(r"(?i)\.nii(\.gz)?$", path.name))


def unsafe(name: str) -> str | None:
    """Return why a relative path from elsewhere must not be written to, or None.

    tarfile and zipfile change such names and continue. Here the whole archive is rejected.
    """
    if not name.isprintable():  # control characters, and bytes that are not UTF-8
        return "has an unprintable name"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "has an absolute path"
    if "\\" in name:
        return "has a backslash in its name"
    return "leads out of its folder" if ".." in name.split("/") else None


def unpack(archive: Path, folder: Path, *, limits: Limits) -> int:
    """Write the wanted regular files of an archive below a folder.

    One unsafe member, wanted or not, rejects the whole archive: an absolute path, a `..`, a link, a
    device, or an encrypted member. An interrupted call leaves some of the files. Use a folder that
    nothing reads before the call has returned.

    Args:
        archive: a .tar, .tar.gz or .zip file, recognized by content.
        folder: exists; existing files are not overwritten.
        limits: the remaining limits; this archive reduces them.

    Returns:
        The number of files written.

    Raises:
        InputError: the archive is damaged, unsafe, too large, or holds nothing wanted.
    """
    longest = limits.bytes + (limits.files + 1) * HEADERS + 2**20
    count = 0
    try:
        for member in tqdm(
            members(archive, longest=longest),
            desc=f"Unpacking {archive.name}",
            unit=" files",
            disable=None,  # shown on a terminal only
        ):
            _check(archive, member)
            limits.spend(archive, member.size)
            if member.kind == "file" and is_wanted(member.name):
                _check_free(archive, member, folder)
                member.extract(folder)
                count += 1
    except InputError:
        raise
    except Exception as error:  # tarfile, gzip and zipfile have many for damaged files
        if isinstance(error, OSError) and error.errno:
            said = f"cannot be unpacked to {folder} ({error.strerror}); get it anew, or make room"
        else:
            reason = " ".join(str(error).split())
            said = f"is damaged or cut off ({reason}); get it anew"
        raise InputError(f"{archive}: {said}") from error
    if not count:
        raise InputError(f"{archive}: holds no NIfTI file; name the archive of a training set")
    return count


def _check(archive: Path, member: Member) -> None:
    what = unsafe(member.name)
    if what is None and member.kind not in ("file", "folder"):
        what = f"is {member.kind}"
    if what is None and member.size < 0:
        what = "has a negative size"
    if what:
        raise InputError(f"{archive}: member {member.name!r} {what}; do not trust this archive")


def _check_free(archive: Path, member: Member, folder: Path) -> None:
    target = folder / PurePosixPath(member.name)
    if os.path.lexists(target) or any(parent.is_file() for parent in target.parents):
        raise InputError(
            f"{archive}: member {member.name!r} is there twice; unpack by hand and keep one"
        )
