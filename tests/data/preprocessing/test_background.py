"""Resampled images have the background that they had before."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from scipy.ndimage import shift

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.find import find_cases
from robustseg.data.nifti import read_volume
from robustseg.data.preprocessing.background import has_halo, zero_background
from robustseg.data.preprocessing.bias_field import correct_bias_field
from robustseg.data.preprocessing.sample import foreground_box, preprocess
from robustseg.data.preprocessing.windows import foreground, windowed_case
from robustseg.data.validation.case import check_case
from robustseg.threat.threat_model import ThreatModel

SHAPE = (36, 40, 34)
MOVED = (0.4, 0.3, 0.2)


def head(seed=0):
    """Return four sequences of a ball of tissue with a bias field, within zeros, and the ball."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij"))
    ball = (grid**2).sum(0) < 0.6
    tissue = (300 + 60 * np.sin(5 * grid[0])) * np.exp(0.15 * grid[2])
    noise = rng.normal(0, 8, (4, *SHAPE))
    return np.where(ball, np.maximum(tissue + noise, 1), 0).astype(np.float32), ball


def resampled(images, *, clip):
    moved = [shift(image.astype(float), MOVED, order=3) for image in images]
    return np.clip(moved, 0 if clip else None, None).astype(np.float32)


@pytest.mark.parametrize("clip", [True, False])
def test_the_box_and_the_field_are_those_of_a_background_of_zeros(clip):
    images, ball = head()
    halo = resampled(images, clip=clip)
    inside = shift(ball.astype(float), MOVED, order=1) > 0.5
    ideal = np.where(inside, np.maximum(halo, 0), 0)
    assert all(map(has_halo, halo))
    settled = windowed_case(halo, BRATS)
    boxes = [foreground_box(foreground(each, BRATS)) for each in (settled, ideal, halo)]
    found, expected, whole = ([part.stop - part.start for part in box] for box in boxes)
    assert np.all(np.abs(np.subtract(found, expected)) <= 2)
    assert np.all(np.subtract(whole, expected) >= 4)
    fields = [np.exp(correct_bias_field(each[0])[1])[inside] for each in (settled, ideal)]
    ratio = fields[0] / fields[1]
    assert np.std(ratio / ratio.mean()) < 0.04


def test_zeros_around_the_head_and_dark_tissue_stay_as_they_are():
    images, ball = head()
    images[:, 18, 20, :] = np.where(ball[18, 20], 1, 0)
    assert not any(map(has_halo, images))
    first = images[0]
    assert zero_background(first, "t1", cohort=BRATS) is first
    np.testing.assert_array_equal(windowed_case(images, BRATS), images)


def test_real_cases_stay_as_they_are(brats):
    files = {c.case: c for c in find_cases(brats, cohort=BRATS)}["BraTS2021_01531"]
    for sequence, path in files.sequences.items():
        volume = read_volume(path)[0].astype(np.float32)
        assert zero_background(volume, sequence, cohort=BRATS) is volume


def test_a_windowed_sinc_leaves_a_halo_and_a_line_does_not():
    images, _ = head()
    source = sitk.GetImageFromArray(images[0])
    move = sitk.TranslationTransform(3, MOVED)
    kinds = {sitk.sitkLanczosWindowedSinc: True, sitk.sitkBSpline: True, sitk.sitkLinear: False}
    for kind, expected in kinds.items():
        moved = sitk.GetArrayFromImage(sitk.Resample(source, source, move, kind, 0.0))
        assert has_halo(np.clip(moved, 0, None)) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.005, False), (0.03, True)])
def test_a_halo_is_more_than_linear_interpolation_leaves(share, expected):
    (image, *_), ball = head()
    around = np.flatnonzero(~ball)[: round(share * ball.sum())]
    image.flat[around] = 0.1
    assert has_halo(image) == expected


def test_tiny_values_are_tissue_where_no_logarithm_is_taken():
    """Uptake spans orders of magnitude, and water is about 0 in CT."""
    rng = np.random.default_rng(0)
    plain = replace(BRATS, sequences=("pet",), bias_correction="none")
    for values in (np.exp(rng.normal(0, 2.5, SHAPE)), rng.normal(0, 3, SHAPE) - 1000 * (head()[1])):
        values = values.astype(np.float32)
        assert has_halo(values)
        assert zero_background(values, "pet", plain) is values


def test_negative_intensities_stay_without_n4_and_in_a_window():
    values = np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)
    plain = replace(BRATS, sequences=("t1",), bias_correction="none")
    assert zero_background(values, "t1", plain) is values
    ct = replace(BRATS, sequences=("ct",), bias_correction="none", windows={"ct": (-200, 300)})
    assert zero_background(values * 1000, "ct", ct).min() < -1000
    np.testing.assert_array_equal(
        windowed_case(values[None] * 1000, ct)[0], np.clip(values * 1000, -200, 300)
    )


@pytest.mark.parametrize("standardization", ["volume", "brain", "cohort"])
def test_negative_voxels_at_the_rim_do_not_open_the_background_to_attacks(standardization):
    images, ball = head()
    negative = images.copy()
    negative[:, 3, 20, 17] = -5
    assert not ball[3, 20, 17]
    samples = [
        preprocess(
            windowed_case(each, BRATS),
            ball.astype(np.uint8),
            size=32,
            standardization=standardization,
            cohort=BRATS,
        ).image
        for each in (images, negative)
    ]
    np.testing.assert_array_equal(samples[1], samples[0])
    sample = torch.from_numpy(samples[1])[None]
    change = ThreatModel(support="brain").restrict(torch.ones_like(sample), sample)
    assert change[..., 0, 0, 0].sum() == 0
    assert 0.3 < change.mean() < 0.7


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize(("correction", "taken"), [("n4", "background"), ("none", "tissue")])
def test_a_halo_is_remarked(tmp_path, write_case, tiny, clip, correction, taken):
    write_case(tmp_path / "a", "a")
    (files,) = find_cases(tmp_path / "a", cohort=BRATS)
    images, _ = head()
    for image, path in zip(resampled(images, clip=clip), files.sequences.values(), strict=True):
        tiny.save(path, image)
    marked = np.zeros(SHAPE, dtype=np.uint8)
    marked[14:20, 16:22, 14:20] = 2
    tiny.save(files.labels, marked)
    found = check_case(files, replace(BRATS, bias_correction=correction))
    assert found.problems == []
    remarks = [remark for remark in found.remarks if "tiny values around the head" in remark]
    assert len(remarks) == 4
    assert all(f"taken for {taken}" in remark for remark in remarks)
