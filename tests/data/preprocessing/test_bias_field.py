import os
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import read_case
from robustseg.data.layouts.find import find_cases
from robustseg.data.nifti import read_volume
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.phantoms.random_fields import smooth_field
from robustseg.data.preprocessing.bias_field import correct_bias_field, correct_case, sampling_plan
from robustseg.runtime.errors import InputError

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


def test_same_image_same_bits_whatever_the_number_of_cores(phantom, corrected, tmp_path):
    np.save(tmp_path / "image.npy", phantom[0])
    script = (
        "import sys, numpy as np\n"
        "from robustseg.data.preprocessing.bias_field import correct_bias_field\n"
        "np.save(sys.argv[2], correct_bias_field(np.load(sys.argv[1]))[0])\n"
    )
    for threads in ("1", "4"):
        subprocess.run(
            [sys.executable, "-c", script, tmp_path / "image.npy", tmp_path / "corrected.npy"],
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(sys.path),
                "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": threads,
            },
            check=True,
        )
        np.testing.assert_array_equal(np.load(tmp_path / "corrected.npy"), corrected[0])


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


def test_every_voxel_is_the_default_of_simpleitk(phantom):
    image = phantom[0][:, :37, 1:]
    volume = sitk.GetImageFromArray(image)
    expected = sitk.GetArrayFromImage(sitk.N4BiasFieldCorrection(volume, volume > 0))
    np.testing.assert_allclose(correct_bias_field(image, shrink=1)[0], expected, rtol=1e-4)


def check_added_field(image, *, correlation, left_over):
    """Multiply an image by a field of closed form: N4 finds and removes what was added."""
    x, y, z = (np.linspace(-1, 1, length) for length in image.shape)
    added = 0.2 * np.sin(1.5 * x)[:, None, None] + 0.2 * np.cos(2 * y)[:, None] * (1 + z / 2)
    inside = image > 0
    before, fitted = correct_bias_field(image)
    after, with_added = correct_bias_field(image * np.exp(added).astype(np.float32))
    assert np.corrcoef((with_added - fitted)[inside], added[inside])[0, 1] > correlation
    left, whole = after[inside] / before[inside], np.exp(added)[inside]
    assert left.std() / left.mean() < left_over * whole.std() / whole.mean()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_known_field_on_a_phantom(tmp_path, seed):
    write_phantom(tmp_path, case="phantom", seed=seed, sequences=BRATS.sequences)
    for image in read_case(tmp_path, "phantom", cohort=BRATS)[0]:
        check_added_field(image, correlation=0.97, left_over=0.25)


@pytest.mark.parametrize("sequence", ["t1", "flair"])
def test_a_known_field_on_a_real_case(brats, sequence):
    files = {c.case: c for c in find_cases(brats, cohort=BRATS)}["BraTS2021_01426"]
    image = read_volume(files.sequences[sequence])[0].astype(np.float32)
    check_added_field(image, correlation=0.99, left_over=0.15)


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


def test_what_simpleitk_refuses_is_one_line():
    slice_ = np.random.default_rng(0).uniform(1, 2, (4, 16, 16, 1)).astype(np.float32)
    with pytest.raises(InputError, match=r"^t1: SimpleITK cannot correct the bias field: .+$"):
        correct_case(slice_, BRATS, shrink=4)
