"""Files that other programs write in ways of their own, and that are not ambiguous."""

import gzip
import struct

import nibabel as nib
import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.find import find_cases
from robustseg.data.nifti import MAX_VOXELS, read_orientation, read_volume
from robustseg.data.validation.case import check_case
from robustseg.runtime.errors import InputError


@pytest.fixture
def files(tmp_path, write_case):
    write_case(tmp_path / "in", "a")
    (files,) = find_cases(tmp_path / "in", cohort=BRATS)
    return files


@pytest.mark.parametrize("more", [(1,), (1, 1)])
def test_a_fourth_axis_of_one_is_left_out(tmp_path, files, tiny, more):
    plain = check_case(files, cohort=BRATS)
    for path in files.paths:
        voxels, _ = read_volume(path)
        tiny.save(path, voxels.reshape(*voxels.shape, *more))
    assert check_case(files, cohort=BRATS) == plain
    import_case(files, tmp_path / "out", cohort=BRATS)
    images, labels, _ = read_case(tmp_path / "out", "a", cohort=BRATS)
    np.testing.assert_array_equal(images[0], tiny.intensities(0))
    np.testing.assert_array_equal(labels, tiny.labels(3))


@pytest.mark.parametrize("read", [read_volume, read_orientation])
def test_compression_against_the_name_is_said_with_the_right_name(files, read):
    plain, packed = files.sequences["t1"], files.sequences["t2"]
    plain.write_bytes(gzip.decompress(plain.read_bytes()))
    packed = packed.rename(packed.with_suffix(""))
    with pytest.raises(InputError) as caught:
        read(plain)
    assert str(caught.value) == f"{plain}: is not compressed; rename it to a_t1.nii"
    with pytest.raises(InputError) as caught:
        read(packed)
    assert str(caught.value) == f"{packed}: is compressed; rename it to a_t2.nii.gz"


def half_turn(path, tiny, excess):
    """Write a volume that only the quaternion places: half a turn about z, by 1 + excess."""
    image = nib.Nifti1Image(tiny.intensities(), None)
    image.set_qform(np.diag([-1.0, -1.0, 1.0, 1.0]), code=1)
    content = bytearray(image.to_bytes())
    struct.pack_into("<3f", content, 256, 0, 0, 1 + excess)
    path.write_bytes(content)
    return path


def test_a_quaternion_that_rounding_made_too_long_is_read(tmp_path, tiny):
    exact = read_volume(half_turn(tmp_path / "exact.nii", tiny, 0))
    long = half_turn(tmp_path / "long.nii", tiny, 5e-7)
    with pytest.raises(ValueError, match="w2"):
        nib.load(long)
    for ours, expected in zip(read_volume(long), exact, strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert read_orientation(long) == ("LPS", {"qform": "LPS"})
    with pytest.raises(InputError, match="w2"):
        read_volume(half_turn(tmp_path / "wrong.nii", tiny, 0.1))


@pytest.mark.parametrize(
    ("sform", "qform", "words"),
    [((1, 1), (-1, 1), "sform says RAS, qform LAS"), ((1, 1), (1, 1), ""), ((-1, 1), None, "")],
)
def test_forms_that_disagree_on_left_and_right_are_remarked(files, tiny, sform, qform, words):
    for path in files.paths:
        voxels, _ = read_volume(path)
        image = nib.Nifti1Image(voxels, None)
        image.set_sform(np.diag([*sform, 1, 1]), code=1)
        if qform:
            image.set_qform(np.diag([*qform, 1, 1]), code=1)
        nib.save(image, path)
    found = check_case(files, cohort=BRATS)
    assert found.problems == []
    assert ("".join(found.remarks)[len("a_t1.nii.gz: ") :]).startswith(words)
    assert bool(found.remarks) == bool(words)


def test_forms_that_disagree_are_remarked_whichever_file_has_them(files, tiny):
    for path in (files.sequences["t2"], files.labels):
        image = nib.Nifti1Image(read_volume(path)[0], np.eye(4))
        image.set_qform(np.diag([-1.0, 1, 1, 1]), code=1)
        nib.save(image, path)
    found = check_case(files, cohort=BRATS)
    assert found.problems == []
    (remark,) = found.remarks
    assert remark.startswith("a_t2.nii.gz: sform says RAS, qform LAS; ")
    assert remark.endswith("(so in a_seg.nii.gz)")


def scaled(path, stored, slope):
    image = nib.Nifti1Image(stored, np.eye(4))
    content = bytearray(image.to_bytes())
    struct.pack_into("<2f", content, 112, slope, 0)
    path.write_bytes(gzip.compress(bytes(content)))


@pytest.mark.parametrize("step", [1 / 64, 4 / 255, 4 / 32767])
def test_labels_in_scaled_integers_are_whole_to_one_step(files, tiny, step):
    expected = tiny.labels()
    truncated = (expected / step * (1 - 1e-9)).astype(np.int16)
    assert np.any(np.abs(truncated * step - expected) > 1e-5)
    scaled(files.labels, truncated, step)
    np.testing.assert_array_equal(read_volume(files.labels, labels=True)[0], expected)
    assert check_case(files, cohort=BRATS).problems == []


@pytest.mark.parametrize("stored", [32, 127 + 64 - 4])
def test_scaled_values_that_are_no_whole_numbers_are_refused(files, tiny, stored):
    scaled(files.labels, np.where(tiny.labels() > 0, stored, 0).astype(np.int16), 1 / 64)
    (line,) = check_case(files, cohort=BRATS).problems
    assert line.startswith(f"{files.labels}: label value {stored / 64:g}")


def test_scaled_intensities_stay_as_they_are(files, tiny):
    scaled(files.sequences["t1"], tiny.intensities(), 1 / 64)
    np.testing.assert_array_equal(read_volume(files.sequences["t1"])[0], tiny.intensities() / 64)


def test_a_long_ct_is_within_the_limit():
    """The longest of LiTS has 987 slices."""
    assert MAX_VOXELS >= 512 * 512 * 1024
