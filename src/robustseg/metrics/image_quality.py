"""Image quality: the difference between an attacked volume and the clean one.

The peak is the largest magnitude of the clean volume, all sequences together.
"""

from torch import Tensor
from torch.nn import functional

WINDOW = 7
K1, K2 = 0.01, 0.03
VOLUME = (1, 2, 3, 4)


def _peak(image: Tensor) -> Tensor:
    return image.abs().amax(VOLUME)


def rmse(adversarial: Tensor, image: Tensor) -> Tensor:
    """Return the root mean squared difference in units of the peak, ``(N,)``."""
    return (adversarial - image).double().square().mean(VOLUME).sqrt() / _peak(image)


def psnr(adversarial: Tensor, image: Tensor) -> Tensor:
    """Return ``20 log10(peak / RMSE)`` in dB, ``(N,)``; infinite for equal volumes."""
    return -20 * rmse(adversarial, image).log10()


def _window_mean(volume: Tensor) -> Tensor:
    # One axis after the other: 3 * 7 sums per voxel instead of 7^3.
    for window in ((WINDOW, 1, 1), (1, WINDOW, 1), (1, 1, WINDOW)):
        volume = functional.avg_pool3d(volume, window, stride=1)
    return volume


def ssim(adversarial: Tensor, image: Tensor) -> Tensor:
    """Return the structural similarity (Wang et al. 2004) in 3-D, mean over sequences, ``(N,)``.

    It uses a uniform window of 7 voxels and the sample covariance, without the border that the
    window does not fill. It equals scikit-image's ``structural_similarity`` with
    ``data_range = peak``.

    Args:
        adversarial: ``(N, C, D, H, W)``, every side at least 7.
        image: clean volumes of the same shape.
    """
    voxels = WINDOW**3
    x, y = adversarial.double(), image.double()
    mean_x, mean_y, xx, yy, xy = (_window_mean(moment) for moment in (x, y, x * x, y * y, x * y))
    unbiased = voxels / (voxels - 1)
    var_x = unbiased * (xx - mean_x * mean_x)
    var_y = unbiased * (yy - mean_y * mean_y)
    covariance = unbiased * (xy - mean_x * mean_y)
    peak = _peak(image).double().view(-1, 1, 1, 1, 1)
    c1, c2 = (K1 * peak) ** 2, (K2 * peak) ** 2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x * mean_x + mean_y * mean_y + c1)
    structure = (2 * covariance + c2) / (var_x + var_y + c2)
    return (luminance * structure).mean(VOLUME)
