"""Honest archives unpack to what a study needs, within the declared limits."""

import pytest

from robustseg.data.download.archives import Limits, is_wanted, unpack, unsafe
from robustseg.runtime.errors import InputError

from .archive_room import MAKERS, refused, tree, unpacked
from .loopback import CASES, msd_files, tar_of

WANTED = {"Task01_BrainTumour/dataset.json"} | {
    f"Task01_BrainTumour/{folder}/{case}.nii.gz"
    for folder in ("imagesTr", "labelsTr")
    for case in CASES
}

each_format = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@each_format
@pytest.mark.parametrize("name", ["a.tar", "a.zip", "without-suffix"])  # told apart by content
def test_only_what_a_study_needs_is_unpacked(room, make, name):
    count = unpacked(room, make(msd_files()), name=name)
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


@each_format
def test_odd_names_are_written_as_they_are_with_the_mode_and_the_time_of_new_files(room, make):
    name = "$(touch x);`y` ü/a b'\"_t1.nii.gz"
    unpacked(room, make({name: b"1"}))
    assert tree(room) == {name}
    (room / "new").touch()
    for kind in ("st_mode", "st_mtime"):
        new, written = (getattr((room / path).stat(), kind) for path in ("new", name))
        assert written == pytest.approx(new, abs=60 if kind == "st_mtime" else 0)


@each_format
def test_a_file_that_is_also_a_folder(room, make):
    assert "twice" in refused(room, make({"a.nii.gz": b"1", "a.nii.gz/b.nii.gz": b"2"}))


def test_a_member_twice(room):
    content = tar_of({"a.nii.gz": b"1"})[:1024] + tar_of({"a.nii.gz": b"2"})
    assert "twice" in refused(room, content)
    assert (room / "a.nii.gz").read_bytes() == b"1"


@each_format
def test_what_is_there_is_not_overwritten(room, make):
    (room / "a.nii.gz").write_bytes(b"0")
    assert "twice" in refused(room, make({"a.nii.gz": b"1"}))
    assert (room / "a.nii.gz").read_bytes() == b"0"


@each_format
def test_a_name_that_is_too_long(room, make):
    assert "name too long" in refused(room, make({f"{'a' * 300}.nii.gz": b"1"}))


@each_format
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


@each_format
def test_an_archive_without_images(room, make):
    assert "no NIfTI" in refused(room, make({"README.md": b"1"}))
