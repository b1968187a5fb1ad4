"""Hostile archives are refused as a whole, and nothing is written outside the folder."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from .archive_room import MAKERS, refused, tree, zip_of
from .loopback import tar_of

UNSAFE_NAMES = [
    "/etc/evil.nii.gz",
    "//evil.nii.gz",
    "../evil.nii.gz",
    "../../evil.nii.gz",
    "a/../../evil.nii.gz",
    "a/b/../c.nii.gz",
    "..",
    "../evil.sh",  # no study wants it; the archive is not to be trusted all the same
    "..\\evil.nii.gz",
    "C:/evil.nii.gz",
    "C:evil.nii.gz",
    "evil\nline.nii.gz",
    "evil\x1b[2J.nii.gz",
]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_unsafe_names(room, make, name):
    assert "do not trust" in refused(room, make({"good.nii.gz": b"1", name: b"2"}))


def test_a_name_that_is_no_utf_8(room):
    content = tar_of({"good.nii.gz": b"1", "evil\udcff.nii.gz": b"2"})
    assert "do not trust" in refused(room, content)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_absolute_name_does_not_reach_its_place(room, tmp_path, make):
    place = tmp_path / "elsewhere.nii.gz"
    refused(room, make({str(place): b"2"}))
    assert not place.exists()


def odd_tar(kind, name="odd.nii.gz", target=""):
    """Return a tar of a member of the kind, and a file that would be written through it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
        inside = tarfile.TarInfo(f"{name}/evil.nii.gz")
        inside.size = 1
        archive.addfile(inside, io.BytesIO(b"2"))
    return buffer.getvalue()


LINK, HARD, DEVICE = "a symbolic link", "a hard link", "a device or pipe"


@pytest.mark.parametrize(
    ("kind", "targets", "said"),
    [
        (tarfile.SYMTYPE, ["/etc", "../..", "good", "odd.nii.gz"], LINK),
        (tarfile.LNKTYPE, ["/etc/passwd", "../../../a", "good"], HARD),
        (tarfile.CHRTYPE, [""], DEVICE),
        (tarfile.BLKTYPE, [""], DEVICE),
        (tarfile.FIFOTYPE, [""], DEVICE),
        (b"Z", [""], "of unknown type"),
    ],
)
@pytest.mark.parametrize("name", ["odd.nii.gz", "unwanted"])
def test_links_and_devices_in_tar(room, kind, targets, said, name):
    for target in targets:
        assert said in refused(room, odd_tar(kind, name, target))
        assert tree(room) == set()


@pytest.mark.parametrize(
    ("modes", "said"),
    [([0o120777], LINK), ([0o020666, 0o060666, 0o010666, 0o140666], DEVICE)],
)
def test_links_and_devices_in_zip(room, modes, said):
    for mode in modes:
        info = zipfile.ZipInfo("odd.nii.gz")
        info.external_attr = mode << 16
        assert said in refused(room, zip_of({info: "/etc/passwd"}))


def test_an_encrypted_zip(room):
    content = bytearray(zip_of({"a.nii.gz": b"1"}))
    content[content.index(b"PK\1\2") + 8] |= 1  # the flags of the central directory
    assert "is encrypted; " in refused(room, bytes(content))


BOMBS = {
    "tar.gz": tar_of({"bomb.nii.gz": bytes(3 * 10**6)}, compress=True),
    "zip": zip_of({"bomb.nii.gz": bytes(3 * 10**6)}),
    "many small ones": tar_of({f"{n}.nii.gz": bytes(30_000) for n in range(99)}, compress=True),
    "unwanted in tar": tar_of({"bomb.csv": bytes(3 * 10**6)}, compress=True),
    "unwanted in zip": zip_of({"bomb.csv": bytes(3 * 10**6)}),
    "after the end": gzip.compress(tar_of({"a.nii.gz": b"1"}) + bytes(5 * 10**6)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_stops_at_the_declared_limit(room, bomb):
    assert len(BOMBS[bomb]) < 30_000
    assert "data.download.limits" in refused(room, BOMBS[bomb], limits=(10**6, 100))
    assert sum(path.stat().st_size for path in room.rglob("*.nii.gz")) <= 10**6


def tar_header(size_field: bytes, kind=b"0"):
    """Return a tar whose only header declares the size as given, with a right checksum."""
    header = bytearray(tarfile.TarInfo("a.nii.gz").tobuf(tarfile.GNU_FORMAT)[:512])
    header[124:136], header[156:157] = size_field, kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"1" * 512 + bytes(1024)


@pytest.mark.parametrize(
    ("kind", "said"),
    [(b"0", "has a negative size"), (b"L", "header of -"), (b"x", "header of -")],
)
def test_a_negative_size_does_not_read_for_ever(room, kind, said):
    assert said in refused(room, tar_header(struct.pack(">iq", -1, -1024), kind))


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"g"])
def test_a_header_that_declares_terabytes_takes_no_memory(room, kind):
    refused(room, tar_header(b"77777777777\0", kind))
    refused(room, tar_header(b"\x80" + (10**12).to_bytes(11, "big"), kind))


def test_long_names_of_long_names(room):
    refused(room, tar_header(b"00000000001\0", b"L")[:1024] * 3000)  # tarfile calls itself for each


def test_a_sparse_member_of_terabytes(room):
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**12)}
    info = tarfile.TarInfo("a.nii.gz")
    info.size, info.pax_headers = 512, pax
    content = info.tobuf(tarfile.PAX_FORMAT) + b"1\n0\n1\n".ljust(512, b"\0") + bytes(1024)
    assert "limits.gigabytes" in refused(room, content)
