import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from robustseg.metrics.image_quality import psnr, rmse, ssim


def pair(shape=(2, 4, 9, 10, 11), scale=1.0, offset=0.0, noise=0.05):
    image = torch.rand(shape) * scale + offset
    image += torch.linspace(0, scale, shape[1])[None, :, None, None, None]
    return image + noise * scale * torch.randn(shape), image


RANGES = [{"scale": 1}, {"scale": 3000, "offset": -1000}, {"scale": 5, "offset": -8}]


@pytest.mark.parametrize("settings", RANGES, ids=str)
@pytest.mark.parametrize("noise", [1e-3, 0.05, 0.5])
def test_agree_with_scikit_image_and_numpy(settings, noise):
    adversarial, image = pair(**settings, noise=noise)
    for n in range(len(image)):
        x, y = image[n].double().numpy(), adversarial[n].double().numpy()
        peak = np.abs(x).max()
        expected = np.sqrt(((x - y) ** 2).mean()) / peak
        assert rmse(adversarial, image)[n].item() == pytest.approx(expected, rel=1e-4)
        expected = peak_signal_noise_ratio(x, y, data_range=peak)
        assert psnr(adversarial, image)[n].item() == pytest.approx(expected, rel=1e-4)
        expected = np.mean(
            [structural_similarity(x[c], y[c], data_range=peak) for c in range(len(x))]
        )
        assert ssim(adversarial, image)[n].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shift", [0.01, 0.1])
@pytest.mark.parametrize("scale", [1, 700])
def test_closed_forms_of_a_constant_shift(shift, scale):
    image = torch.rand(2, 4, 8, 8, 8) * scale
    image[:, 0, 0, 0, 0] = -scale  # the peak is a magnitude
    shifted = image + shift * scale
    torch.testing.assert_close(
        rmse(shifted, image).float(), torch.full((2,), shift), rtol=1e-4, atol=0
    )
    expected = torch.full((2,), -20 * np.log10(shift), dtype=torch.float32)
    torch.testing.assert_close(psnr(shifted, image).float(), expected, rtol=1e-4, atol=0)


def test_equal_volumes():
    image = torch.rand(2, 4, 8, 8, 8)
    assert rmse(image, image).tolist() == [0, 0]
    assert psnr(image, image).tolist() == [float("inf")] * 2
    assert ssim(image, image).tolist() == pytest.approx([1, 1], abs=1e-9)


@pytest.mark.parametrize("metric", [rmse, psnr, ssim])
def test_units_do_not_matter_and_cases_do_not_mix(metric):
    adversarial, image = pair(scale=10)
    values = metric(adversarial, image)
    torch.testing.assert_close(metric(adversarial * 512, image * 512), values, rtol=1e-6, atol=0)
    alone = torch.cat([metric(adversarial[n : n + 1], image[n : n + 1]) for n in range(2)])
    assert torch.equal(values, alone)


def test_more_noise_is_worse():
    image = torch.rand(1, 2, 12, 12, 12)
    noise = torch.randn_like(image)
    levels = [image + size * noise for size in (0.01, 0.03, 0.1, 0.3)]
    for metric, sign in ((rmse, 1), (psnr, -1), (ssim, -1)):
        values = torch.stack([metric(level, image) for level in levels]).flatten() * sign
        assert (values.diff() > 0).all(), metric.__name__
