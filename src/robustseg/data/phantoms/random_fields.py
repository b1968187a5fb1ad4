"""Smooth random fields for the shapes, textures and bias of phantoms."""

import numpy as np
from numpy.typing import NDArray


def smooth_field(rng: np.random.Generator, size: int, *, scale: float) -> NDArray[np.float32]:
    """Draw a Gaussian random field of mean 0 and standard deviation 1.

    It is white noise, filtered with a Gaussian in the Fourier domain, so it is periodic.

    Args:
        rng: source of the noise.
        size: edge of the cube in voxels.
        scale: standard deviation of the Gaussian filter, in voxels.

    Returns:
        float32 (size, size, size).
    """
    import scipy.fft  # float32 throughout, unlike numpy.fft

    noise = rng.standard_normal((size, size, size), dtype=np.float32)
    decay = [
        np.exp(-2 * (np.pi * scale * frequency) ** 2).astype(np.float32)
        for frequency in (np.fft.fftfreq(size), np.fft.fftfreq(size), np.fft.rfftfreq(size))
    ]
    spectrum = scipy.fft.rfftn(noise)
    spectrum *= decay[0][:, None, None] * decay[1][:, None] * decay[2]
    spectrum[0, 0, 0] = 0
    field: NDArray[np.float32] = scipy.fft.irfftn(spectrum, s=noise.shape)
    field /= field.std()
    return field
