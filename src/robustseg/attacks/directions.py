"""The FGSM direction of a model on disk: two bits a voxel, shared by every epsilon."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from robustseg.errors import InputError
from robustseg.files import atomic_path


def write_direction(path: str | Path, direction: Tensor, cases: Sequence[str]) -> None:
    """Write ``direction`` in {-1, 0, 1}, shape ``(N, C, D, H, W)``, and the names of its cases."""
    array = direction.cpu().numpy()
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            cases=np.array(cases),
            shape=np.array(array.shape),
            positive=np.packbits(array > 0),
            nonzero=np.packbits(array != 0),
        )


def read_direction(path: str | Path, cases: Sequence[str]) -> Tensor:
    """Return the float32 direction of exactly ``cases``, in their order.

    Raises:
        InputError: the file is damaged or belongs to other cases.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            shape = tuple(file["shape"])
            count = int(np.prod(shape))
            positive = np.unpackbits(file["positive"], count=count).astype(np.int8)
            nonzero = np.unpackbits(file["nonzero"], count=count).astype(np.int8)
            stored = [str(case) for case in file["cases"]]
    except Exception as error:  # zipfile and numpy raise many kinds for a damaged file
        raise InputError(
            f"{path}: not a stored direction ({error}); delete it and rerun"
        ) from error
    if stored != list(cases):
        raise InputError(f"{path}: belongs to other test cases; delete it and rerun")
    signs = (2 * positive - 1) * nonzero
    return torch.from_numpy(signs.reshape(shape).astype(np.float32))
