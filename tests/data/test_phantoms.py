import nibabel as nib
import numpy as np
import pytest
from nilearn import datasets

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import read_case
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.phantoms import anatomy, lesion
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.phantoms.random_fields import smooth_field
from robustseg.data.validation.case import check_case

SIZE = 40
SEEDS = (0, 1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantoms")
    for seed in SEEDS:
        write_phantom(
            folder / f"p{seed}", case=f"p{seed}", seed=seed, size=SIZE, sequences=BRATS.sequences
        )
    return folder


@pytest.fixture(scope="module")
def cases(folder):
    return [read_case(folder / f"p{seed}", f"p{seed}", cohort=BRATS) for seed in SEEDS]


def test_layout_types_and_validity(folder):
    files = canonical_files(folder / "p0", "p0", cohort=BRATS)
    assert sorted((folder / "p0").iterdir()) == sorted(files.paths)
    assert check_case(files, cohort=BRATS).problems == []
    for path in files.paths:
        image = nib.load(path)
        assert image.shape == (SIZE, SIZE, SIZE)
        assert image.get_data_dtype() == (np.uint8 if path == files.labels else np.int16)
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
        np.testing.assert_allclose(image.header.get_zooms(), 192 / SIZE)
    assert set(np.unique(nib.load(files.labels).dataobj)) <= {0, 1, 2, 4}


def test_same_seed_same_bytes_other_seed_other_case(folder, tmp_path):
    write_phantom(tmp_path, case="p1", seed=1, size=SIZE, sequences=BRATS.sequences)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / "p1" / path.name).read_bytes()
    flair = [(folder / f"p{k}" / f"p{k}_flair.nii.gz").read_bytes() for k in SEEDS]
    assert len(set(flair)) == len(SEEDS)


def test_brain_is_stripped_and_lesion_lies_inside(cases):
    for images, labels, _ in cases:
        brain = images[0] > 0
        for image in images[1:]:
            np.testing.assert_array_equal(image > 0, brain)
        assert 900e3 < brain.sum() * (192 / SIZE) ** 3 < 1900e3  # mm3
        assert not brain[[0, -1]].any()
        assert not labels[~brain].any()
        assert 0.02 < (labels > 0).sum() / brain.sum() < 0.12


def test_enhancing_rim_surrounds_necrosis(cases):
    rims = 0
    for _, labels, _ in cases:
        if (labels == 3).sum() < (labels == 1).sum() / 4:
            continue  # low grade
        rims += 1
        neighbors = np.concatenate(
            [np.roll(labels, step, axis)[labels == 1] for axis in range(3) for step in (-1, 1)]
        )
        assert np.isin(neighbors, (1, 3)).mean() > 0.9
    assert rims >= 3


def test_contrasts_are_those_of_gliomas(cases):
    ratios = []
    for images, labels, _ in cases:
        if (labels == 3).sum() < (labels == 1).sum() / 4:
            continue
        healthy = np.array([np.median(image[(labels == 0) & (image > 0)]) for image in images])
        ratios.append([[np.median(im[labels == c]) for im in images] / healthy for c in (1, 2, 3)])
    necrosis, edema, rim = (
        dict(zip(BRATS.sequences, values, strict=True)) for values in np.mean(ratios, axis=0)
    )
    assert edema["t1"] < 0.95 < 1.2 < edema["t2"]
    assert edema["flair"] > 1.3
    assert necrosis["t1gd"] < 0.9 < 1.4 < rim["t1gd"]
    assert necrosis["flair"] < edema["flair"]


def test_share_and_kind_of_low_grade_cases():
    plans = [lesion.draw_plan(np.random.default_rng(seed), SIZE) for seed in range(150)]
    low = [plan for plan in plans if plan.low_grade]
    assert 0.07 < len(low) / len(plans) < 0.2
    assert all(0 < plan.core < 1 for plan in plans)
    sides = np.array([plan.center[0] > 98 for plan in plans])
    assert 0.35 < sides.mean() < 0.65


def test_low_grade_core_hardly_enhances():
    # A hand-made anatomy: a ball of white matter around the center of the maps.
    rng = np.random.default_rng(0)
    coordinates = anatomy.draw_coordinates(rng, SIZE)
    brain = np.linalg.norm(coordinates - np.array([98, 117, 76])[:, None, None, None], axis=0) < 70
    tissues = np.stack([np.zeros(brain.shape), np.zeros(brain.shape), brain]).astype(np.float32)
    ball = anatomy.Anatomy(tissues=tissues, detail=0 * tissues[0], brain=brain)
    plan = lesion.LesionPlan(True, np.array([98.0, 117.0, 76.0]), 0.08, 0.6, 8.0, np.eye(3))
    counts = np.bincount(lesion.grow(rng, plan, ball, coordinates)[brain], minlength=4)
    assert counts[1:].sum() == pytest.approx(0.08 * brain.sum(), rel=0.03)
    assert counts[1] + counts[3] == pytest.approx(0.6 * 0.08 * brain.sum(), rel=0.03)
    assert counts[3] <= 0.12 * (counts[1] + counts[3]) + 1


@pytest.mark.parametrize(
    ("row", "load"),
    [
        (0, datasets.load_mni152_template),
        (1, datasets.load_mni152_gm_template),
        (2, datasets.load_mni152_wm_template),
    ],
)
def test_maps_are_those_of_nilearn(row, load):
    theirs = load(resolution=1).get_fdata()
    ours = anatomy.icbm152_maps(4)[row]
    block = theirs[48:52, 100:104, 60:64].mean()
    assert ours[12, 25, 15] * _block_maximum(theirs) == pytest.approx(block, rel=1e-5)


def _block_maximum(volume):
    shape = [length // 4 for length in volume.shape]
    volume = volume[tuple(slice(0, 4 * length) for length in shape)]
    blocks = volume.reshape(shape[0], 4, shape[1], 4, shape[2], 4)
    return blocks.mean(axis=(1, 3, 5)).max()


def test_smooth_field_is_standardized_and_as_smooth_as_asked():
    field = smooth_field(np.random.default_rng(0), 32, scale=3.0)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=1e-4)
    # White noise filtered with a Gaussian of sd s is correlated by exp(-d^2 / 4 s^2) at d.
    at_three = np.mean([(field * np.roll(field, 3, axis)).mean() for axis in range(3)])
    assert at_three == pytest.approx(np.exp(-0.25), abs=0.08)
