"""Unpacking an archive that nobody vouches for: nothing is written outside the target folder."""

import gzip
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from robustseg.data.download.tar import Bounded, extract_tar
from robustseg.runtime.errors import InputError

HEADERS = 4096
"""Bytes of headers and padding that a tar archive may spend on a member."""

_TAR_KINDS = {
    **dict.fromkeys((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE), "file"),
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    **dict.fromkeys((tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE), "a device or pipe"),
}
_ZIP_KINDS = {
    0: "file",
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "a symbolic link",
}


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
    return path.name == "dataset.json" or bool(re.search(r"(?i)\.nii(\.gz)?$", path.name))


def unsafe(name: str) -> str | None:
    """Return why a relative path from elsewhere must not be written to, or None.

    tarfile and zipfile make such names safe and go on; here they are a reason for distrust.
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
    longest = limits.bytes + (limits.files + 1) * HEADERS + 2**20
    count = 0

    def choose(name: str, kind: str, size: int) -> bool:
        nonlocal count
        shown.update()
        _check(archive, name, kind, size)
        limits.spend(archive, size)
        if kind != "file" or not is_wanted(name):
            return False
        target = folder / PurePosixPath(name)
        if target.exists() or any(parent.is_file() for parent in target.parents):
            raise InputError(
                f"{archive}: member {name!r} is there twice; unpack by hand and keep one"
            )
        count += 1
        return True

    try:
        with tqdm(desc=f"Unpacking {archive.name}", unit=" files", disable=None) as shown:
            _extract(archive, folder, longest, choose)
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


def _check(archive: Path, name: str, kind: str, size: int) -> None:
    what = unsafe(name)
    if what is None and kind not in ("file", "folder"):
        what = f"is {kind}"
    if what is None and size < 0:
        what = "has a negative size"
    if what:
        raise InputError(f"{archive}: member {name!r} {what}; do not trust this archive")


def _extract(
    archive: Path, folder: Path, longest: int, choose: Callable[[str, str, int], bool]
) -> None:
    def chosen(info: tarfile.TarInfo) -> bool:
        return choose(info.name, _TAR_KINDS.get(info.type, "of unknown type"), info.size)

    with archive.open("rb") as file:
        head = file.read(512)
        file.seek(0)
        if head[:4] in (b"PK\3\4", b"PK\5\6"):
            with zipfile.ZipFile(file) as opened:
                for info in opened.infolist():
                    if choose(info.filename, _zip_kind(info), info.file_size):
                        _extract_zipped(opened, info, folder)
        elif head[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unzipped:
                extract_tar(Bounded(archive, unzipped, longest), folder, chosen)
        elif head[257:262] == b"ustar":
            extract_tar(Bounded(archive, file, longest), folder, chosen)
        else:
            raise InputError(f"{archive}: is none of .tar, .tar.gz and .zip; get the archive anew")


def _zip_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 1:
        return "encrypted"
    if info.is_dir():
        return "folder"
    return _ZIP_KINDS.get(stat.S_IFMT(info.external_attr >> 16), "a device or pipe")


def _extract_zipped(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> None:
    written = Path(opened.extract(info, folder)).stat().st_size
    if written != info.file_size:  # zipfile is content with less than declared
        raise zipfile.BadZipFile(f"{info.filename} has {written} bytes, not {info.file_size}")
