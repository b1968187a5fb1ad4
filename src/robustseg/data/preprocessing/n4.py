"""The fit of N4 (Tustison et al. 2010, doi 10.1109/TMI.2010.2046908), on a regular grid.

The algorithm, the defaults and the result of ITK's N4 (tests/data/test_bias_field.py), in a tenth
of its time: ITK adds up 64 B-spline weights for every voxel one by one; on a grid the weights,
their squares and their cubes are products of one factor an axis, and the sums matrix products.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BINS = 200
_FWHM = 0.15  # of the Gaussian that blurs the histogram, in log intensities
_NOISE = 0.01  # of the Wiener filter that takes the blur off
_THRESHOLD = 0.001  # of the field's change, as a coefficient of variation


def fit_log_field(
    image: NDArray[np.float32], mask: NDArray[np.bool_], *, levels: int, iterations: int
) -> list[Array]:
    """Fit the logarithm of a smooth multiplicative field.

    Each level doubles the elements of a cubic B-spline mesh over the volume, 1 an axis at first.
    Each iteration sharpens the histogram of the log intensities and adds a spline through what
    that moved the voxels by (Lee, Wolberg and Shin 1997, one level).

    Args:
        image: (X, Y, Z), positive within the mask.
        mask: voxels to fit to, at least one.
        levels: of the mesh.
        iterations: at most, at each level.

    Returns:
        One lattice of control points a level; their splines add up to the field. See
        `evaluate_log_field`.
    """
    box = tuple(slice(int(i.min()), int(i.max()) + 1) for i in np.nonzero(mask))
    inside = mask[box]
    logs = np.log(image[box][inside].astype(np.float64))
    field = np.zeros_like(logs)
    lattices = []
    for level in range(levels):
        bases = [
            spline_basis(length, 2**level)[part]
            for length, part in zip(image.shape, box, strict=True)
        ]
        squares = [basis**2 for basis in bases]
        cubes = [b**3 / s.sum(1, keepdims=True) for b, s in zip(bases, squares, strict=True)]
        weights = _gather(inside.astype(np.float64), squares)
        lattice = np.zeros(weights.shape)
        residual = np.zeros(inside.shape)
        for _ in range(iterations):
            corrected = logs - field
            residual[inside] = corrected - sharpen(corrected)
            step = np.divide(
                _gather(residual, cubes), weights, out=np.zeros_like(weights), where=weights > 0
            )
            lattice += step
            change = _spread(step, bases)[inside]
            field += change
            ratio = np.exp(-change)
            if ratio.std(ddof=min(1, ratio.size - 1)) <= _THRESHOLD * ratio.mean():
                break
        lattices.append(lattice)
    return lattices


def evaluate_log_field(lattices: list[Array], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the fitted field at every voxel of a grid (X, Y, Z) that spans the fitted volume."""
    planes, lines = [], []
    for lattice in lattices:
        bases = [
            spline_basis(length, elements - 3).astype(np.float32)
            for length, elements in zip(shape, lattice.shape, strict=True)
        ]
        plane = np.tensordot(bases[0], lattice.astype(np.float32), axes=(1, 0))
        planes.append(np.moveaxis(np.tensordot(plane, bases[1], axes=(1, 1)), 1, 2))
        lines.append(bases[2])
    # One product along the last axis for all levels: most of the work is there.
    field: NDArray[np.float32] = np.concatenate(planes, axis=2) @ np.concatenate(lines, axis=1).T
    return field


def spline_basis(length: int, elements: int) -> Array:
    """Return the uniform cubic B-splines of a mesh at evenly spaced points, ends included.

    Returns:
        (length, elements + 3); rows sum to one.
    """
    position = np.arange(length) * (elements / max(length - 1, 1))
    element = np.minimum(position.astype(int), elements - 1)
    t = position - element
    pieces = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    basis = np.zeros((length, elements + 3))
    for offset, piece in enumerate(pieces):
        basis[np.arange(length), element + offset] = piece / 6
    return basis


def sharpen(logs: Array) -> Array:
    """Return the log intensities that are expected behind those of a blurred histogram.

    The histogram is deconvolved with a Gaussian by a Wiener filter to U; a value v becomes
    E[u | v] = sum of u G(v - u) U(u) over that of G(v - u) U(u) (Sled et al. 1998).

    Args:
        logs: (N,).
    """
    low, high = logs.min(), logs.max()
    if not high > low:
        return logs
    width = (high - low) / (_BINS - 1)
    position = (logs - low) / width
    left = np.minimum(position.astype(int), _BINS - 2)
    share = position - left
    histogram = np.bincount(left, 1 - share, _BINS) + np.bincount(left + 1, share, _BINS)

    size = 2 ** (int(np.ceil(np.log2(_BINS))) + 1)
    start = (size - _BINS) // 2
    padded = np.zeros(size)
    padded[start : start + _BINS] = histogram
    fwhm = _FWHM / width
    distance = np.minimum(np.arange(size), size - np.arange(size))
    gaussian = np.exp(-4 * np.log(2) * (distance / fwhm) ** 2)
    gaussian *= 2 * np.sqrt(np.log(2) / np.pi) / fwhm
    blur = np.fft.rfft(gaussian).real
    wiener = blur / (blur**2 + _NOISE)
    sharp = np.maximum(np.fft.irfft(np.fft.rfft(padded) * wiener, size), 0)
    values = low + (np.arange(size) - start) * width
    weighted = np.fft.irfft(np.fft.rfft(values * sharp) * blur, size)
    total = np.fft.irfft(np.fft.rfft(sharp) * blur, size)
    expected = np.divide(weighted, total, out=np.zeros(size), where=total != 0)
    sharpened: Array = np.interp(position, np.arange(_BINS), expected[start : start + _BINS])
    return sharpened


def _gather(volume: Array, factors: list[Array]) -> Array:
    """Sum a volume (X, Y, Z) with a weight (length, elements + 3) along each axis."""
    for factor in factors:
        volume = np.tensordot(volume, factor, axes=(0, 0))  # the next axis comes first
    return volume


def _spread(lattice: Array, bases: list[Array]) -> Array:
    """Evaluate the spline of a lattice, along each axis at the points of a basis."""
    for basis in bases:
        lattice = np.tensordot(lattice, basis, axes=(0, 1))
    return lattice
