import numpy as np
import pytest
import SimpleITK as sitk

from robustseg.data.bias_field import correct_bias_field, sampling_plan
from robustseg.data.random_fields import smooth_field

SIZE = 40


@pytest.fixture(scope="module")
def phantom():
    """Return a ball of two tissues, and a smooth log field with which it was multiplied."""
    rng = np.random.default_rng(0)
    axis = np.linspace(-1, 1, SIZE)
    radius = np.sqrt(axis[:, None, None] ** 2 + (axis[:, None] / 0.8) ** 2 + axis**2)
    tissue = np.where(smooth_field(rng, SIZE, scale=3) > 0, 400.0, 700.0)
    log_field = 0.15 * smooth_field(rng, SIZE, scale=14)
    noise = 10 * rng.standard_normal(tissue.shape)
    image = np.where(radius < 0.9, tissue * np.exp(log_field) + noise, 0).astype(np.float32)
    return image, log_field, tissue


@pytest.fixture(scope="module")
def corrected(phantom):
    return correct_bias_field(phantom[0], spacing=(3.0, 3.0, 3.0))


def test_a_known_smooth_field_is_removed(phantom, corrected):
    image, log_field, tissue = phantom
    inside = image > 0
    assert np.corrcoef(corrected[1][inside], log_field[inside])[0, 1] > 0.9
    variation = [
        np.std(volume[inside & (tissue == 400)]) / np.mean(volume[inside & (tissue == 400)])
        for volume in (image, corrected[0])
    ]
    assert variation[1] < 0.6 * variation[0]


def test_zero_stays_zero_and_the_rest_is_divided(phantom, corrected):
    image = phantom[0]
    assert corrected[0].dtype == corrected[1].dtype == np.float32
    np.testing.assert_array_equal(corrected[0] == 0, image == 0)
    np.testing.assert_allclose(corrected[0] * np.exp(corrected[1]), image, rtol=1e-5)


def test_same_image_same_bits(phantom, corrected):
    again = correct_bias_field(phantom[0], spacing=(3.0, 3.0, 3.0))
    np.testing.assert_array_equal(again[0], corrected[0])


def test_axes_are_those_of_the_image(phantom, corrected):
    turned, _ = correct_bias_field(phantom[0].transpose(1, 2, 0), spacing=(3.0, 3.0, 3.0))
    inside = phantom[0].transpose(1, 2, 0) > 0
    theirs = corrected[0].transpose(1, 2, 0)
    assert np.corrcoef(turned[inside], theirs[inside])[0, 1] > 0.99


@pytest.mark.parametrize(
    ("shortest_axis", "shrink", "plan"),
    [
        (155, 4, (4, 4)),  # a real case: N4's own four levels
        (128, 4, (4, 4)),
        (64, 4, (4, 3)),
        (64, 1, (1, 4)),
        (32, 4, (2, 3)),
        (40, 4, (2, 3)),
        (10, 4, (1, 2)),
        (3, 4, (1, 1)),
    ],
)
def test_sampling_plan(shortest_axis, shrink, plan):
    assert sampling_plan(shortest_axis, shrink) == plan


def test_same_field_as_simpleitk_without_shrinking():
    rng = np.random.default_rng(1)
    image = (500 * np.exp(0.1 * smooth_field(rng, 17, scale=6))).astype(np.float32)
    image = image[:, :, :16]
    _, log_field = correct_bias_field(image, shrink=1, spacing=(1.0, 2.0, 3.0))
    volume = sitk.GetImageFromArray(image.T)
    volume.SetSpacing((1.0, 2.0, 3.0))
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([50, 50, 50])
    n4.Execute(volume, volume > 0)
    theirs = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(volume)).T
    np.testing.assert_array_equal(log_field, theirs)


def test_empty_image_is_refused():
    with pytest.raises(ValueError, match="no positive voxel"):
        correct_bias_field(np.zeros((8, 8, 8), dtype=np.float32), spacing=(1.0, 1.0, 1.0))
