"""Damaged archives are said in one line; none is taken for a whole one."""

import errno
import gzip
import io
import os
import struct
import zipfile

import pytest

from robustseg.data.download.archives import Limits, unpack
from robustseg.runtime.errors import InputError

from .archive_room import MAKERS, PLENTY, refused, zip_of
from .loopback import msd_files, tar_of


def damaged_zip():
    """Return a zip whose stored content does not fit its checksum."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.nii.gz", b"content")
    return buffer.getvalue().replace(b"content", b"CONTENT")


def lying_zip(size):
    """Return a zip that declares another size than its content unpacks to."""
    content = zip_of({"a.nii.gz": bytes(10**5)})
    return content.replace(struct.pack("<I", 10**5), struct.pack("<I", size))


TAR = tar_of(msd_files(image=bytes(5000)))
GZ = gzip.compress(TAR)
DAMAGED = {
    "empty": b"",
    "text": b"<html>404 not found</html>" * 100,
    "NIfTI without tar": gzip.compress(b"\x5c\x01\0\0" * 1000),
    "tar, cut in a file": TAR[:3000],
    "tar, cut after a header": TAR[: TAR.index(b"imagesTr") + 512 - TAR.index(b"imagesTr") % 512],
    "tar, cut between files": TAR[:1024],
    "tar, cut in a header": TAR[:1200],
    "tar, without its end": TAR[: len(TAR.rstrip(b"\0")) // 512 * 512 + 512],
    "tar, a later header damaged": TAR[:1100] + b"!!!!" + TAR[1104:],
    "gzip, cut": GZ[:-200],
    "gzip, cut before its checksum": GZ[:-8],
    "gzip, wrong checksum": GZ[:-8] + b"1234" + GZ[-4:],
    "gzip, flipped": GZ[:300] + bytes([GZ[300] ^ 255]) + GZ[301:],
    "zip, cut": zip_of(msd_files())[:-30],
    "zip, start missing": zip_of(msd_files())[:4] + zip_of(msd_files())[64:],
    "zip, wrong checksum": damaged_zip(),
    "zip, more than declared": lying_zip(10),
    "zip, less than declared": lying_zip(2 * 10**5),
    "zip, empty name": zip_of({"a.nii.gz": b"1"}).replace(b"a.nii.gz", b"\0.nii.gz"),
    "zip, unknown compression": zip_of({"a.nii.gz": b"1"}).replace(b"\x08\0", b"\x63\0"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_archives_are_said_in_one_line(room, case):
    refused(room, DAMAGED[case])


def test_a_missing_archive(room):
    with pytest.raises(InputError, match="No such file"):
        unpack(room / "nowhere.tar", room, limits=Limits(*PLENTY))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_full_disk_is_said(room, monkeypatch, make):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "makedirs", full)
    line = refused(room, make({"a/b.nii.gz": b"1"}))
    assert f"cannot be unpacked to {room} (No space left on device)" in line
