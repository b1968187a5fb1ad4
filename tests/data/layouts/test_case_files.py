"""What tells that the files of a case have changed."""

import gzip
import os

import pytest

from robustseg.data.layouts.case_files import CaseFiles


@pytest.fixture
def case(tmp_path):
    """A case of one gzipped sequence and plain labels."""
    with gzip.open(tmp_path / "t1.nii.gz", "wb") as file:
        file.write(bytes(range(256)))
    (tmp_path / "seg.nii").write_bytes(bytes(100))
    sequences = {"t1": tmp_path / "t1.nii.gz"}
    return CaseFiles("a", sequences, tmp_path / "seg.nii", layout="brats", enhancing=4)


def test_a_gzipped_file_of_the_same_size_and_date_is_told_by_its_checksum(case):
    path, found = case.sequences["t1"], []
    for voxels in (bytes(range(256)), bytes(range(255, -1, -1))):
        path.write_bytes(gzip.compress(voxels, compresslevel=0, mtime=0))
        os.utime(path, (1, 1))
        found.append(case.contents[0])
    assert found[0][0] == found[1][0]
    assert found[0][1] != found[1][1]


def test_the_date_of_a_gzipped_file_says_nothing(case):
    before = case.contents
    os.utime(case.sequences["t1"], (1, 1))
    assert case.contents == before


def test_a_plain_file_is_told_by_its_size_and_date(case):
    before = case.contents
    os.utime(case.labels, (1, 1))
    after = case.contents
    assert after[0] == before[0]
    assert after[1] == [100, 10**9]


@pytest.mark.parametrize("contents", [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00"])
def test_a_truncated_file_has_numbers_too(case, contents):
    case.sequences["t1"].write_bytes(contents)
    assert case.contents[0][0] == len(contents)
