"""Honest archives unpack to what a study needs; hostile and damaged ones write nothing outside."""

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from robustseg.data.archives import Limits, is_wanted, unpack, unsafe
from robustseg.errors import InputError

from ..loopback import CASES, msd_files, tar_of

PLENTY = 10**6, 100
WANTED = {"Task01_BrainTumour/dataset.json"} | {
    f"Task01_BrainTumour/{folder}/{case}.nii.gz"
    for folder in ("imagesTr", "labelsTr")
    for case in CASES
}


def zip_of(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return buffer.getvalue()


FORMATS = {
    "a.tar": tar_of,
    "a.tar.gz": lambda files: tar_of(files, compress=True),
    "a.zip": zip_of,
    "without-suffix": tar_of,  # told apart by content
}


def tree(folder: Path):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture
def room(tmp_path):
    """A folder to unpack into, deep enough for `..` to land in the test's own folder."""
    folder = tmp_path / "outer" / "inner" / "room"
    folder.mkdir(parents=True)
    return folder


def unpacked(room, content, *, name="a", limits=PLENTY):
    archive = room.parents[2] / name
    archive.write_bytes(content)
    return unpack(archive, room, limits=Limits(*limits))


def refused(room, content, *, limits=PLENTY):
    """Return the one line, after making sure that nothing lies outside the room."""
    archive = room.parents[2] / "a"
    with pytest.raises(InputError) as caught:
        unpacked(room, content, limits=limits)
    outside = tree(room.parents[2]) - {f"outer/inner/room/{name}" for name in tree(room)}
    assert outside == {"a"}
    assert not any(path.is_symlink() for path in room.rglob("*"))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{archive}: ")
    assert ";" in line
    return line


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_a_study_needs_is_unpacked(room, name):
    count = unpacked(room, FORMATS[name](msd_files()), name=name)
    assert tree(room) == WANTED
    assert count == len(WANTED)
    assert (room / "Task01_BrainTumour/labelsTr/BRATS_002.nii.gz").read_bytes() == b"labels"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("HGG/Brats18_X_1_1/Brats18_X_1_1_t1.nii.gz", True),
        ("a_seg.nii", True),
        ("./Task01_BrainTumour/imagesTr/BRATS_001.nii.gz", True),
        ("dataset.json", True),
        ("imagesTs/BRATS_485.nii.gz", False),
        ("imagesTr/._BRATS_001.nii.gz", False),
        (".hidden/a.nii.gz", False),
        ("__MACOSX/a.nii.gz", False),
        ("survival.csv", False),
        ("run.sh", False),
        ("a.nii.gz.sh", False),
    ],
)
def test_wanted(name, wanted):
    assert is_wanted(name) is wanted


@pytest.mark.parametrize(
    "name", ["a b/ü (1)/$x;`y`_t1.nii.gz", "a..b/c.nii", "...", "./a", "a/./b"]
)
def test_odd_names_are_safe(name):
    assert unsafe(name) is None


def test_odd_names_are_written_as_they_are(room):
    name = "$(touch x);`y` ü/a b'\"_t1.nii.gz"
    unpacked(room, tar_of({name: b"1"}))
    assert tree(room) == {name}


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


@pytest.mark.parametrize("name", [*UNSAFE_NAMES, "evil\udcff.nii.gz"])  # no UTF-8: only in tar
def test_unsafe_names_in_tar(room, name):
    assert "do not trust" in refused(room, tar_of({"good.nii.gz": b"1", name: b"2"}))


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_unsafe_names_in_zip(room, name):
    assert "do not trust" in refused(room, zip_of({"good.nii.gz": b"1", name: b"2"}))


def test_an_absolute_name_does_not_reach_its_place(room, tmp_path):
    place = tmp_path / "elsewhere.nii.gz"
    refused(room, tar_of({str(place): b"2"}))
    refused(room, zip_of({str(place): b"2"}))
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


@pytest.mark.parametrize(
    ("kind", "target", "said"),
    [
        (tarfile.SYMTYPE, "/etc", "a symbolic link"),
        (tarfile.SYMTYPE, "../..", "a symbolic link"),
        (tarfile.SYMTYPE, "good", "a symbolic link"),
        (tarfile.SYMTYPE, "odd.nii.gz", "a symbolic link"),
        (tarfile.LNKTYPE, "/etc/passwd", "a hard link"),
        (tarfile.LNKTYPE, "../../../a", "a hard link"),
        (tarfile.LNKTYPE, "good", "a hard link"),
        (tarfile.CHRTYPE, "", "a device or pipe"),
        (tarfile.BLKTYPE, "", "a device or pipe"),
        (tarfile.FIFOTYPE, "", "a device or pipe"),
    ],
)
@pytest.mark.parametrize("name", ["odd.nii.gz", "unwanted"])
def test_links_and_devices_in_tar(room, kind, target, said, name):
    assert said in refused(room, odd_tar(kind, name, target))
    assert tree(room) == set()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o120777, "a symbolic link"),
        (0o020666, "a device or pipe"),
        (0o060666, "a device or pipe"),
        (0o010666, "a device or pipe"),
        (0o140666, "a device or pipe"),
    ],
)
def test_links_and_devices_in_zip(room, mode, said):
    info = zipfile.ZipInfo("odd.nii.gz")
    info.external_attr = mode << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert said in refused(room, buffer.getvalue())


def test_an_encrypted_zip(room):
    content = bytearray(zip_of({"a.nii.gz": b"1"}))
    content[content.index(b"PK\1\2") + 8] |= 1  # the flags of the central directory
    assert "encrypted" in refused(room, bytes(content))


@pytest.mark.parametrize("make", [tar_of, zip_of], ids=["tar", "zip"])
def test_a_file_that_is_also_a_folder(room, make):
    assert "twice" in refused(room, make({"a.nii.gz": b"1", "a.nii.gz/b.nii.gz": b"2"}))


def test_a_member_twice(room):
    content = tar_of({"a.nii.gz": b"1"})[:1024] + tar_of({"a.nii.gz": b"2"})
    assert "twice" in refused(room, content)
    assert (room / "a.nii.gz").read_bytes() == b"1"


def test_what_is_there_is_not_overwritten(room):
    (room / "a.nii.gz").write_bytes(b"0")
    assert "twice" in refused(room, tar_of({"a.nii.gz": b"1"}))
    assert (room / "a.nii.gz").read_bytes() == b"0"


def test_a_name_that_is_too_long(room):
    assert "name too long" in refused(room, tar_of({f"{'a' * 300}.nii.gz": b"1"}))


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


@pytest.mark.parametrize("make", [tar_of, zip_of], ids=["tar", "zip"])
def test_too_many_members(room, make):
    files = {f"{n}.csv": b"" for n in range(9)} | {"a.nii.gz": b"1"}
    assert unpacked(room, make(files), limits=(10**6, 10)) == 1
    assert "limits.files" in refused(room, make(files), limits=(10**6, 9))


def test_the_limits_are_of_all_archives_together(room):
    limits = Limits(bytes=10, files=2)
    for number in range(2):
        archive = room.parents[2] / f"{number}.tar"
        archive.write_bytes(tar_of({f"{number}.nii.gz": b"12345"}))
        unpack(archive, room, limits=limits)
    archive.write_bytes(tar_of({"3.nii.gz": b""}))
    with pytest.raises(InputError, match=r"limits\.files"):
        unpack(archive, room, limits=limits)


def tar_header(size_field: bytes, kind=b"0"):
    """Return a tar whose only header declares the size as given, with a right checksum."""
    header = bytearray(tarfile.TarInfo("a.nii.gz").tobuf(tarfile.GNU_FORMAT)[:512])
    header[124:136], header[156:157] = size_field, kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + b"1" * 512 + bytes(1024)


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"5"])
def test_a_negative_size_does_not_read_for_ever(room, kind):
    refused(room, tar_header(struct.pack(">iq", -1, -1024), kind))


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"g"])
def test_a_header_that_declares_terabytes_takes_no_memory(room, kind):
    refused(room, tar_header(b"77777777777\0", kind))
    refused(room, tar_header(b"\x80" + (10**12).to_bytes(11, "big"), kind))


def test_a_sparse_member_of_terabytes(room):
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**12)}
    info = tarfile.TarInfo("a.nii.gz")
    info.size, info.pax_headers = 512, pax
    content = info.tobuf(tarfile.PAX_FORMAT) + b"1\n0\n1\n".ljust(512, b"\0") + bytes(1024)
    assert "limits.gigabytes" in refused(room, content)


def damaged_zip():
    """Return a zip whose stored content does not fit its checksum."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.nii.gz", b"content")
    return buffer.getvalue().replace(b"content", b"CONTENT")


def lying_zip():
    """Return a zip that declares a smaller size than its content unpacks to."""
    content = zip_of({"a.nii.gz": bytes(10**6)})
    return content.replace(struct.pack("<I", 10**6), struct.pack("<I", 10))


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
    "zip, smaller than declared": lying_zip(),
    "zip, unknown compression": zip_of({"a.nii.gz": b"1"}).replace(
        b"\x08\0", b"\x63\0"
    ),
    "many long names in a row": tar_header(b"00000000001\0", b"L")[:1024] * 3000,
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_archives_are_said_in_one_line(room, case):
    refused(room, DAMAGED[case])


@pytest.mark.parametrize("make", [tar_of, zip_of], ids=["tar", "zip"])
def test_an_archive_without_images(room, make):
    assert "no NIfTI" in refused(room, make({"README.md": b"1"}))


def test_a_missing_archive(room):
    with pytest.raises(InputError, match="No such file"):
        unpack(room / "nowhere.tar", room, limits=Limits(*PLENTY))


def test_a_full_disk_is_said(room, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    archive = room.parents[2] / "a"
    archive.write_bytes(tar_of({"a.nii.gz": b"1"}))
    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(InputError, match="No space left"):
        unpack(archive, room, limits=Limits(*PLENTY))
