from itertools import product

import numpy as np
import pytest
import torch
from scipy import ndimage

from robustseg.models.losses import one_hot
from robustseg.training.augmentation import Augmentation, rotate


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def labeled(cases=6, side=12):
    """Return volumes whose first channel is the label, which both must go on sharing."""
    torch.manual_seed(0)
    labels = torch.zeros(cases, side, side, side, dtype=torch.long)
    labels[:, 3:9, 4:7, 2:10] = 2
    labels[:, 4:7, 4:6, 3:5] = 1
    labels[:, 7:9, 5:7, 6:9] = 3
    image = torch.randn(cases, 4, side, side, side)
    image[:, 0] = labels
    return image, one_hot(labels, 4)


FLIPS = [(), ("x",), ("y", "z"), ("x", "y", "z")]


@pytest.mark.parametrize("flips", FLIPS, ids=str)
@pytest.mark.parametrize("transpose", [False, True])
def test_flips_and_transposes_are_permutations_of_image_and_target_alike(flips, transpose):
    image, target = labeled(cases=40)
    augmentation = Augmentation(rotation=0, flips=flips, transpose=transpose)
    moved, moved_target = augmentation(image, target, generator=generator())
    assert torch.equal(moved[:, 0].long(), moved_target.argmax(1))

    axes = [1 + "xyz".index(axis) for axis in flips]
    wanted = []
    for chosen, exchange in product(product([False, True], repeat=len(axes)), [False, True]):
        turned = [axis for axis, take in zip(axes, chosen, strict=True) if take]
        if transpose or not exchange:
            wanted.append((turned, exchange))
    seen = set()
    for case, result in zip(image, moved, strict=True):
        flipped = {
            (tuple(turned), exchange): (
                case.flip(turned).transpose(1, 2) if exchange else case.flip(turned)
            )
            for turned, exchange in wanted
        }
        (match,) = [key for key, volume in flipped.items() if torch.equal(volume, result)]
        seen.add(match)
    assert len(seen) == len(wanted), "40 cases draw every combination (or the draw is stuck)"


def test_image_and_target_rotate_together():
    image, target = labeled()
    augmentation = Augmentation(rotation=30, flips=("x", "y", "z"), transpose=True)
    moved, moved_target = augmentation(image, target, generator=generator())
    assert not torch.equal(moved, image)
    assert torch.equal(moved_target.sum(1), torch.ones_like(moved_target[:, 0]))
    assert set(moved_target.unique().tolist()) == {0, 1}
    # The nearest label is that of the interpolated one, away from the edges between labels.
    interpolated = moved[:, 0]
    flat = (interpolated - interpolated.round()).abs() < 1e-4
    same = interpolated.round().long() == moved_target.argmax(1)
    assert flat.float().mean() > 0.7
    assert same[flat].float().mean() > 0.97


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("side", [7, 8])
def test_quarter_turns_are_those_of_rot90_in_the_axial_plane(quarters, mode, side):
    volume = torch.rand(3, side, side, 5)
    turned = rotate(volume, 90.0 * quarters, mode=mode)
    atol = 1e-5 if mode == "bilinear" else 0
    either = [torch.rot90(volume, sign * quarters, (1, 2)) for sign in (1, -1)]
    assert any(torch.allclose(turned, candidate, atol=atol) for candidate in either)
    # A turn and the turn back.
    back = rotate(turned, -90.0 * quarters, mode=mode)
    torch.testing.assert_close(back, volume, atol=1e-5, rtol=0)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_rotation_by_nothing(mode):
    volume = torch.rand(3, 9, 9, 4)
    torch.testing.assert_close(rotate(volume, 0.0, mode=mode), volume, atol=1e-5, rtol=0)


@pytest.mark.parametrize("degrees", [10.0, -33.0])
def test_rotation_agrees_with_scipy(degrees):
    volume = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype(np.float32)
    ours = rotate(torch.from_numpy(volume), degrees, mode="bilinear").numpy()
    candidates = [
        ndimage.rotate(volume, sign * degrees, axes=(1, 2), reshape=False, order=1, mode="nearest")
        for sign in (1, -1)
    ]
    inner = (slice(None), slice(4, 12), slice(4, 12))
    errors = [np.abs(ours[inner] - candidate[inner]).max() for candidate in candidates]
    assert min(errors) < 1e-4
    assert max(errors) > 0.1


@pytest.mark.parametrize("background", [-3.5, 0.0, 100.0])
def test_what_enters_from_outside_is_the_border(background):
    volume = torch.full((1, 12, 12, 3), background)
    volume[:, 4:8, 4:8] = background + 5
    turned = rotate(volume, 45.0, mode="bilinear")
    for corner in product((0, -1), (0, -1)):
        torch.testing.assert_close(turned[0][corner], volume[0][corner])
    assert turned.min() >= background - 1e-4
    assert turned.max() <= background + 5 + 1e-4


def test_slices_along_the_body_stay_where_they_are():
    volume = torch.arange(6.0).expand(2, 10, 10, 6)
    torch.testing.assert_close(rotate(volume, 37.0, mode="bilinear"), volume)


def test_angles_are_uniform_within_the_limit(monkeypatch):
    angles = []

    def noted(volume, degrees, *, mode):
        angles.append(degrees)
        return volume

    monkeypatch.setattr("robustseg.training.augmentation.rotate", noted)
    image = torch.zeros(300, 1, 1, 1, 1)
    Augmentation(rotation=15)(image, image, generator=generator())
    assert angles[::2] == angles[1::2], "image and target turn by one angle"
    drawn = np.array(angles[::2])
    assert (np.abs(drawn) <= 15).all()
    assert np.histogram(drawn, bins=3, range=(-15, 15))[0].min() > 60


def test_draw_is_the_generators():
    image, target = labeled()
    augmentation = Augmentation()
    first, first_target = augmentation(image, target, generator=generator(1))
    torch.manual_seed(99)
    again, again_target = augmentation(image, target, generator=generator(1))
    assert torch.equal(first, again)
    assert torch.equal(first_target, again_target)
    assert not torch.equal(first, augmentation(image, target, generator=generator(2))[0])


def test_cases_of_a_batch_draw_for_themselves():
    image, target = labeled(cases=1)
    many = image.expand(8, *image.shape[1:])
    moved, _ = Augmentation()(many, target.expand(8, *target.shape[1:]), generator=generator())
    assert len({case.numpy().tobytes() for case in moved}) == 8


def test_nothing_to_do():
    image, target = labeled()
    still = Augmentation(rotation=0, flips=(), transpose=False)
    moved, moved_target = still(image, target, generator=generator())
    assert torch.equal(moved, image)
    assert torch.equal(moved_target, target)
