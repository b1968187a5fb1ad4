import numpy as np
import pytest
import SimpleITK as sitk

from robustseg.data.layouts.find import find_cases
from robustseg.data.nifti import read_volume
from robustseg.data.phantoms.random_fields import smooth_field
from robustseg.data.preprocessing.bias_field import correct_bias_field, sampling_plan, subsample
from robustseg.data.preprocessing.n4 import sharpen, spline_basis

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
    return correct_bias_field(phantom[0])


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
    again = correct_bias_field(phantom[0])
    np.testing.assert_array_equal(again[0], corrected[0])


def test_axes_are_those_of_the_image(phantom, corrected):
    turned, _ = correct_bias_field(phantom[0].transpose(1, 2, 0))
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


def itk_field(image, step, levels):
    """Return ITK's own log field, fitted on every ``step``-th voxel."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    volume = sitk.GetImageFromArray(np.ascontiguousarray(image.T))
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([50] * levels)
    n4.Execute(sitk.Shrink(volume, [step] * 3), sitk.Shrink(volume > 0, [step] * 3))
    return sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(volume)).T


@pytest.mark.parametrize("shrink", [1, 4])
def test_same_field_as_itk(phantom, shrink):
    image = phantom[0][:, :37, 1:]
    _, log_field = correct_bias_field(image, shrink=shrink)
    expected = itk_field(image, *sampling_plan(min(image.shape), shrink))
    inside = image > 0
    np.testing.assert_allclose(log_field[inside], expected[inside], atol=1e-4)
    assert expected[inside].std() > 0.05


def test_same_field_as_itk_on_a_real_case(brats):
    """Within one iteration more or less: ITK's float32 may cross the threshold elsewhere."""
    files = {c.case: c for c in find_cases(brats)}["BraTS2021_01426"]
    image = read_volume(files.sequences["t1"])[0].astype(np.float32)
    ours, itks = correct_bias_field(image)[1][image > 0], itk_field(image, 4, 4)[image > 0]
    assert np.corrcoef(ours, itks)[0, 1] > 0.9999
    assert np.abs(ours - itks).max() < 0.01


@pytest.mark.parametrize("length", [12, 16, 17, 155, 240])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
def test_same_voxels_as_itk(length, step):
    image = np.arange(length * 6 * 6, dtype=np.float32).reshape(length, 6, 6)
    shrunk = sitk.Shrink(sitk.GetImageFromArray(np.ascontiguousarray(image.T)), [step] * 3)
    np.testing.assert_array_equal(subsample(image, step), sitk.GetArrayFromImage(shrunk).T)


def test_splines_add_up_to_one_and_interpolate_lines():
    basis = spline_basis(50, 8)
    np.testing.assert_allclose(basis.sum(axis=1), 1)
    # Control points on a line make a line (Greville abscissae of uniform cubic splines).
    np.testing.assert_allclose(basis @ np.arange(-1, 10), np.linspace(0, 8, 50), atol=1e-12)


def test_sharpening_moves_blurred_tissues_together():
    rng = np.random.default_rng(0)
    tissue = np.repeat([5.0, 6.0], 4000)
    blurred = tissue + rng.normal(0, 0.06, tissue.size)
    sharpened = sharpen(blurred)
    for value in (5.0, 6.0):
        assert abs(sharpened[tissue == value].mean() - value) < 0.02
        assert sharpened[tissue == value].std() < 0.5 * blurred[tissue == value].std()


def test_constant_image_has_no_field():
    corrected, log_field = correct_bias_field(np.full((16, 16, 16), 7, dtype=np.float32))
    np.testing.assert_array_equal(log_field, 0)
    np.testing.assert_array_equal(corrected, 7)


def test_a_voxel_that_every_step_misses_is_fitted_too():
    image = np.zeros((64, 64, 64), dtype=np.float32)
    image[0, 0, 0] = 5
    assert correct_bias_field(image)[0][0, 0, 0] == 5


def test_empty_image_is_refused():
    with pytest.raises(ValueError, match="no positive voxel"):
        correct_bias_field(np.zeros((8, 8, 8), dtype=np.float32))
