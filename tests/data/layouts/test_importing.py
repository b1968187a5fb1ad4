import nibabel as nib
import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.layouts.find import find_cases
from robustseg.runtime.errors import InputError

LPS = np.diag([-2.0, -1.0, 3.0, 1.0])


def only(folder):
    (files,) = find_cases(folder, cohort=BRATS)
    return files


@pytest.mark.parametrize("enhancing", [3, 4])
def test_canonical_folder_has_the_data_turned_to_ras(tmp_path, write_case, tiny, enhancing):
    write_case(tmp_path / "in", "a", enhancing=enhancing, affine=LPS, extension=".nii")
    import_case(only(tmp_path / "in"), tmp_path / "out" / "a", cohort=BRATS)
    images, labels, spacing = read_case(tmp_path / "out" / "a", "a", cohort=BRATS)
    assert spacing == (2.0, 1.0, 3.0)
    assert images.dtype == np.float32
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, tiny.intensities(number)[::-1, ::-1])
    np.testing.assert_array_equal(labels, tiny.labels(3)[::-1, ::-1])
    files = canonical_files(tmp_path / "out" / "a", "a", cohort=BRATS)
    assert sorted((tmp_path / "out" / "a").iterdir()) == sorted(files.paths)
    written = nib.load(files.labels)
    assert nib.aff2axcodes(written.affine) == ("R", "A", "S")
    assert written.get_data_dtype() == np.uint8
    assert np.unique(written.dataobj).tolist() == [0, 1, 2, 4]
    assert nib.load(files.sequences["t2"]).get_data_dtype() == np.int16


def test_import_of_a_canonical_folder_changes_nothing(tmp_path, write_case):
    write_case(tmp_path / "in", "a")
    import_case(only(tmp_path / "in"), tmp_path / "once" / "a", cohort=BRATS)
    import_case(only(tmp_path / "once"), tmp_path / "twice" / "a", cohort=BRATS)
    for path in (tmp_path / "once" / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "twice" / "a" / path.name).read_bytes()


def test_decathlon_volumes_and_labels_find_their_places(tmp_path, msd, tiny):
    import_case(find_cases(msd, cohort=BRATS)[0], tmp_path / "a", cohort=BRATS)
    images, labels, _ = read_case(tmp_path / "a", "BRATS_001", cohort=BRATS)
    for image, volume in zip(images, (1, 2, 3, 0), strict=True):
        np.testing.assert_array_equal(image, tiny.intensities(volume))
    np.testing.assert_array_equal(labels, tiny.labels(3))


@pytest.mark.parametrize("damage", ["truncated", "missing", "shape", "value"])
def test_damaged_case_leaves_nothing_behind(tmp_path, write_case, tiny, damage):
    folder = write_case(tmp_path / "in", "a")
    files, path = only(folder), folder / "a_seg.nii.gz"
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-60])
    elif damage == "missing":
        path.unlink()
    elif damage == "shape":
        tiny.save(path, tiny.labels()[:-1])
    else:
        tiny.save(path, tiny.labels(7))
    with pytest.raises(InputError, match=f"^{path}: .+; .+") as caught:
        import_case(files, tmp_path / "out" / "a", cohort=BRATS)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_real_case_of_2023(tmp_path, brats):
    files = {c.case: c for c in find_cases(brats, cohort=BRATS)}["BraTS-GLI-00000-000"]
    import_case(files, tmp_path / "a", cohort=BRATS)
    images, labels, spacing = read_case(tmp_path / "a", files.case, cohort=BRATS)
    assert images.shape == (4, 240, 240, 155)
    assert spacing == (1.0, 1.0, 1.0)
    values = np.asanyarray(nib.load(files.labels).dataobj)
    assert np.bincount(labels.ravel()).tolist() == np.bincount(values.ravel()).tolist()
    # BraTS stores x and y from right to left and from front to back.
    t2 = np.asanyarray(nib.load(files.sequences["t2"]).dataobj)
    np.testing.assert_array_equal(images[2], t2[::-1, ::-1])


@pytest.mark.parametrize("axes", ["LPS", "PIR", "SAL", "ARS"])
def test_any_orientation_is_turned_to_ras(tmp_path, write_case, axes):
    write_case(tmp_path / "in", "a")
    turned = nib.orientations.axcodes2ornt(tuple(axes))
    upright = nib.orientations.axcodes2ornt(("R", "A", "S"))
    for path in sorted((tmp_path / "in").iterdir()):
        image = nib.load(path).as_reoriented(nib.orientations.ornt_transform(upright, turned))
        assert "".join(nib.aff2axcodes(image.affine)) == axes
        nib.save(image, tmp_path / "turned.nii.gz")
        (tmp_path / "turned.nii.gz").rename(path)
    import_case(only(tmp_path / "in"), tmp_path / "out", cohort=BRATS)
    write_case(tmp_path / "upright", "a")
    import_case(only(tmp_path / "upright"), tmp_path / "expected", cohort=BRATS)
    for found, expected in zip(
        read_case(tmp_path / "out", "a", cohort=BRATS),
        read_case(tmp_path / "expected", "a", cohort=BRATS),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)
