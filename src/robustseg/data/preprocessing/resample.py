"""Resizing of volumes to a grid with the same edges; voxel areas are aligned, not corners."""

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize


def resize_linear(volume: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Resize (X, Y, Z) to (size, size, size) by linear interpolation, without aliasing.

    Edges are repeated. An axis that shrinks by a factor s is first smoothed by a Gaussian of
    standard deviation (s - 1) / 2 voxels.
    """
    resized: NDArray[np.float32] = resize(
        volume, (size,) * 3, order=1, mode="edge", preserve_range=True, anti_aliasing=True
    )
    return resized


def resize_nearest(volume: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize (X, Y, Z) to (size, size, size) by the value at each output voxel's center.

    Sampling keeps each class's volume in expectation. A majority vote does not: an enhancing rim
    thinner than half an output voxel would vanish.
    """
    resized: NDArray[np.uint8] = resize(
        volume, (size,) * 3, order=0, mode="edge", preserve_range=True, anti_aliasing=False
    )
    return resized
