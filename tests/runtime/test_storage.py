import errno
import os
import subprocess

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path
from robustseg.runtime.storage import storage_problem


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permissions"),
    ],
)
def test_a_failing_disk_is_one_line_and_nothing_is_left(tmp_path, number, said):
    def write():
        with atomic_path(tmp_path / "a.csv") as file:
            file.write_text("half")
            raise OSError(number, os.strerror(number))

    with pytest.raises(InputError, match=said) as caught:
        write()
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}: ")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [OSError(errno.EIO, "disk"), ValueError("x"), RuntimeError("y")])
def test_other_errors_are_not_explained_away(tmp_path, error):
    assert storage_problem(tmp_path / "a.csv", error) is None
    with pytest.raises(type(error)), atomic_path(tmp_path / "a.csv"):
        raise error


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("mounts a small disk: needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounts a small disk: not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


WRITERS = {
    "torch": lambda path: torch.save({"a": torch.zeros(10**6)}, path),
    "safetensors": lambda path: save_file({"a": torch.zeros(10**6)}, path),
    "numpy": lambda path: np.savez(path, a=np.zeros(10**6)),
    "text": lambda path: path.write_text("0" * 10**7),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_on_a_full_disk_says_so_and_keeps_the_old_file(small_disk, name):
    path = small_disk / "result.npz"
    path.write_text("old")
    with pytest.raises(InputError, match=r"result.npz: the disk is full"), atomic_path(path) as new:
        WRITERS[name](new)
    assert path.read_text() == "old"
    assert [file.name for file in small_disk.iterdir()] == ["result.npz"]
