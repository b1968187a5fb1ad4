"""Tiny case folders, and the real cases where they are at hand."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

SHAPE = (10, 11, 12)
CLASSIC = {"t1": "_t1", "t1gd": "_t1ce", "t2": "_t2", "flair": "_flair", "labels": "_seg"}
OF_2023 = {"t1": "-t1n", "t1gd": "-t1c", "t2": "-t2w", "flair": "-t2f", "labels": "-seg"}


def save(path: Path, voxels: np.ndarray, affine: np.ndarray | None = None) -> Path:
    """Write a NIfTI file as another program would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, np.eye(4) if affine is None else affine), path)
    return path


def intensities(seed: int = 0) -> np.ndarray:
    """Return a "brain" of positive values, int16, within a margin of zeros."""
    volume = np.zeros(SHAPE, dtype=np.int16)
    inner = (slice(1, -1),) * 3
    volume[inner] = np.random.default_rng(seed).integers(100, 900, volume[inner].shape)
    return volume


def labels(enhancing: int = 4) -> np.ndarray:
    """Return labels that hold every class."""
    volume = np.zeros(SHAPE, dtype=np.uint8)
    volume[2:8, 2:8, 2:8] = 2
    volume[3:7, 3:7, 3:7] = enhancing
    volume[4:6, 4:6, 4:6] = 1
    return volume


@pytest.fixture
def tiny() -> SimpleNamespace:
    """Return the makers of tiny files."""
    return SimpleNamespace(
        save=save, intensities=intensities, labels=labels, shape=SHAPE, of_2023=OF_2023
    )


@pytest.fixture
def write_case() -> Callable[..., Path]:
    """Return a writer of BraTS case folders of any year."""

    def write(
        folder: Path,
        case: str,
        *,
        suffixes: dict[str, str] = CLASSIC,
        enhancing: int = 4,
        extension: str = ".nii.gz",
        affine: np.ndarray | None = None,
    ) -> Path:
        for number, (kind, suffix) in enumerate(suffixes.items()):
            voxels = labels(enhancing) if kind == "labels" else intensities(number)
            save(folder / f"{case}{suffix}{extension}", voxels, affine)
        return folder

    return write


@pytest.fixture
def msd(tmp_path: Path) -> Path:
    """Return a Task01_BrainTumour of two cases, with the hidden twins that macOS leaves."""
    folder = tmp_path / "Task01_BrainTumour"
    as_msd = np.array([0, 2, 1, 3], dtype=np.uint8)  # of class indices
    for number in (1, 2):
        name = f"BRATS_{number:03d}.nii.gz"
        volumes = [intensities(k) for k in range(4)]  # FLAIR, T1w, t1gd, T2w
        save(folder / "imagesTr" / name, np.stack(volumes, axis=-1).astype(np.float32))
        save(folder / "labelsTr" / name, as_msd[labels(3)])
        for place in ("imagesTr", "labelsTr"):
            (folder / place / f"._{name}").write_bytes(b"\0\5\26\7")
    (folder / "dataset.json").write_text("{}")
    return folder


@pytest.fixture
def brats() -> Path:
    """Return the folder of the real cases, or skip."""
    default = Path(__file__).parents[2].parent / "shared" / "brats"
    folder = Path(os.environ.get("ROBUSTSEG_BRATS", default))
    if not folder.is_dir():
        pytest.skip(f"no real cases: {folder} is absent; set ROBUSTSEG_BRATS")
    return folder


@pytest.fixture
def room(tmp_path):
    """A folder to unpack into, deep enough for `..` to land in the test's own folder."""
    folder = tmp_path / "outer" / "inner" / "room"
    folder.mkdir(parents=True)
    return folder
