"""Resizing of volumes to a grid with the same edges: voxel areas, not corners, are aligned."""

import numpy as np
from numpy.typing import NDArray


def resize_linear(volume: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Resize (X, Y, Z) to (size, size, size) with a linear kernel, without aliasing.

    Separable triangle kernel. Where an axis shrinks, the kernel is as wide as two *output*
    voxels, so that every input voxel counts (the filter of Pillow's BILINEAR); where it grows,
    this is ordinary linear interpolation with the edge repeated.
    """
    for axis in range(3):
        weights = _triangle_weights(volume.shape[axis], size)
        volume = np.moveaxis(np.tensordot(weights, volume, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(volume)


def resize_nearest(volume: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize (X, Y, Z) to (size, size, size) by the value at each output voxel's centre.

    Sampling keeps each class's volume in expectation. A majority vote would not: an enhancing
    rim thinner than half an output voxel would vanish altogether.
    """
    for axis in range(3):
        length = volume.shape[axis]
        centres = ((np.arange(size) + 0.5) * length / size).astype(np.intp)
        volume = np.take(volume, centres, axis=axis)
    return volume


def _triangle_weights(length: int, size: int) -> NDArray[np.float32]:
    """Return the (size, length) matrix that resizes one axis; its rows sum to one."""
    scale = length / size
    centres = (np.arange(size) + 0.5) * scale
    distance = np.abs(np.arange(length) + 0.5 - centres[:, None]) / max(scale, 1.0)
    weights = np.maximum(1.0 - distance, 0.0)
    normalised: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype("f4")
    return normalised
