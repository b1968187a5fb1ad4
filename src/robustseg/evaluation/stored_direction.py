"""The FGSM direction of a model on disk: two bits a voxel, shared by every epsilon."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path


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


class StoredDirection:
    """A direction on disk, unpacked a few cases at a time."""

    def __init__(self, path: str | Path, cases: Sequence[str]) -> None:
        """Open the direction of exactly ``cases``.

        Raises:
            InputError: the file is damaged or belongs to other cases.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                self.shape = tuple(int(side) for side in file["shape"])
                self.positive, self.nonzero = file["positive"], file["nonzero"]
                stored = [str(case) for case in file["cases"]]
            bits = int(np.prod(self.shape))
            if not bits <= 8 * min(len(self.positive), len(self.nonzero)):
                raise ValueError("it ends too early")
        except Exception as error:  # zipfile and numpy raise many kinds for a damaged file
            raise InputError(
                f"{path}: not a stored direction ({error}); delete it and rerun"
            ) from error
        if stored != list(cases):
            raise InputError(f"{path}: belongs to other test cases; delete it and rerun")

    def read(self, chosen: Sequence[int]) -> Tensor:
        """Return the float32 direction ``(len(chosen), C, D, H, W)`` of the cases by index."""
        return torch.stack([self._case(index) for index in chosen])

    def _case(self, index: int) -> Tensor:
        count = int(np.prod(self.shape[1:]))
        first, skipped = divmod(index * count, 8)
        part = slice(first, first + (skipped + count + 7) // 8)
        positive, nonzero = (
            np.unpackbits(bits[part])[skipped : skipped + count].astype(np.int8)
            for bits in (self.positive, self.nonzero)
        )
        signs = (2 * positive - 1) * nonzero
        return torch.from_numpy(signs.reshape(self.shape[1:]).astype(np.float32))
