import numpy as np
import pytest

from robustseg.runtime.files import atomic_path


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "result.csv"
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == tmp_path  # a rename within a file system is atomic
    assert path.read_text() == "whole"
    assert names(tmp_path) == ["result.csv"]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_changes_when_the_block_raises(tmp_path, there, kind):
    path = tmp_path / "result.csv"
    if there:
        path.write_text("old")

    def write():
        with atomic_path(path) as temporary:
            temporary.write_text("half of")
            raise kind

    with pytest.raises(kind):
        write()
    assert names(tmp_path) == (["result.csv"] if there else [])
    if there:
        assert path.read_text() == "old"


def test_old_file_is_replaced(tmp_path):
    path = tmp_path / "result.csv"
    path.write_text("old and longer")
    with atomic_path(path) as temporary:
        assert path.read_text() == "old and longer"
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "result.csv"
    with atomic_path(str(path)) as temporary:
        temporary.touch()
    assert path.exists()


@pytest.mark.parametrize("name", ["volume.nii.gz", "0.05.npz", "noise-0.01.pt", "plain"])
def test_temporary_keeps_the_suffixes(tmp_path, name):
    with atomic_path(tmp_path / name) as temporary:
        assert temporary.name != name
        assert temporary.name.endswith(name)
        temporary.touch()


def test_numpy_writes_where_it_is_told(tmp_path):
    """It would add ".npz" to a name that ends otherwise, and nothing would be renamed."""
    with atomic_path(tmp_path / "0.05.npz") as temporary:
        np.savez(temporary, a=np.arange(3))
    with np.load(tmp_path / "0.05.npz") as arrays:
        assert arrays["a"].tolist() == [0, 1, 2]
    assert names(tmp_path) == ["0.05.npz"]


def test_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "result.csv"):
        pass
    assert names(tmp_path) == []


def test_two_files_at_once(tmp_path):
    with atomic_path(tmp_path / "a") as first, atomic_path(tmp_path / "b") as second:
        assert first != second
        first.write_text("a")
        second.write_text("b")
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a", "b"]
