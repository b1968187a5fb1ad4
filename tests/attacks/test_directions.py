import numpy as np
import pytest
import torch

from robustseg.attacks.fgsm import craft, direct, fgsm, fgsm_direction
from robustseg.attacks.request import Request
from robustseg.data.cohort import BRATS
from robustseg.evaluation.stored_direction import StoredDirection, write_direction
from robustseg.models.device import in_portions
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.threat.threat_model import ThreatModel

CASES = ["a", "b", "with space"]


def read_direction(path, cases):
    return StoredDirection(path, cases).read(range(len(cases)))


@pytest.mark.parametrize("shape", [(3, 4, 8, 8, 8), (3, 1, 3, 5, 7), (3, 2, 1, 1, 1)], ids=str)
def test_round_trip(tmp_path, shape):
    direction = torch.randint(-1, 2, shape).float()
    write_direction(tmp_path / "d.npz", direction, CASES)
    again = read_direction(tmp_path / "d.npz", CASES)
    assert again.dtype == torch.float32
    assert torch.equal(again, direction)


@pytest.mark.parametrize("shape", [(3, 4, 8, 8, 8), (3, 1, 3, 5, 7), (3, 3, 1, 3, 1)], ids=str)
def test_a_part_is_that_of_the_whole(tmp_path, shape):
    """Also where a case begins in the middle of a byte."""
    direction = torch.randint(-1, 2, shape).float()
    write_direction(tmp_path / "d.npz", direction, CASES)
    stored = StoredDirection(tmp_path / "d.npz", CASES)
    for chosen in ([0], [1], [2], [1, 2], [2, 0], [0, 1, 2], [1, 1]):
        assert torch.equal(stored.read(chosen), direction[chosen])


@pytest.mark.parametrize("value", [-1, 0, 1])
def test_round_trip_of_one_value(tmp_path, value):
    write_direction(tmp_path / "d.npz", torch.full((1, 1, 3, 3, 3), float(value)), ["a"])
    assert (read_direction(tmp_path / "d.npz", ["a"]) == value).all()


def test_two_bits_a_voxel(tmp_path):
    direction = torch.randint(-1, 2, (3, 4, 16, 16, 16)).float()
    write_direction(tmp_path / "d.npz", direction, CASES)
    assert (tmp_path / "d.npz").stat().st_size < direction.numel() / 4 + 2000


@pytest.mark.parametrize(
    "cases", [["a", "b"], ["b", "a", "with space"], ["a", "b", "c"], [], [*CASES, "d"]], ids=str
)
def test_other_cases_are_refused(tmp_path, cases):
    write_direction(tmp_path / "d.npz", torch.ones(3, 1, 2, 2, 2), CASES)
    with pytest.raises(InputError, match="other test cases") as caught:
        read_direction(tmp_path / "d.npz", cases)
    assert str(tmp_path / "d.npz") in str(caught.value)


def write_npy(path):
    with path.open("wb") as file:
        np.save(file, np.ones(3))


def write_pickle(path):
    with path.open("wb") as file:
        np.save(file, np.array([object()]), allow_pickle=True)


def cut(share):
    def damage(path):
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return damage


def fewer_bits(path):
    with np.load(path) as arrays:
        np.savez(path, **{**arrays, "positive": arrays["positive"][:2]})


DAMAGE = {
    "fewer bits": fewer_bits,
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not an archive\n"),
    "cut at 10 %": cut(0.1),
    "cut at 90 %": cut(0.9),
    "other arrays": lambda path: np.savez(path, image=np.ones(3)),
    "one array": write_npy,
    "pickle": write_pickle,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_file_is_one_line(tmp_path, damage):
    path = tmp_path / "d.npz"
    write_direction(path, torch.randint(-1, 2, (3, 1, 4, 4, 4)).float(), CASES)
    damage(path)
    with pytest.raises(InputError) as caught:
        read_direction(path, CASES)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("support", ["volume", "brain"])
@pytest.mark.parametrize("clip", ["sequence", "none"])
def test_fgsm_along_the_stored_direction_is_fgsm(tmp_path, support, clip):
    model = UNet3D(filters=2, levels=2).eval().requires_grad_(False)
    image, labels = torch.randn(3, 4, 8, 8, 8), torch.randint(0, 4, (3, 8, 8, 8))
    image[..., 0] = image.amin((2, 3, 4))[..., None, None]
    threat_model = ThreatModel(support=support, clip=clip)
    settings = {"threat_model": threat_model, "loss": DiceLoss()}
    direction = in_portions(
        lambda x, y: fgsm_direction(model, x, y, **settings),
        image,
        labels,
        size=2,
        device=torch.device("cpu"),
    )
    write_direction(tmp_path / "d.npz", direction, CASES)
    stored = read_direction(tmp_path / "d.npz", CASES)
    for epsilon in (0.01, 0.1):
        request = Request(
            model=model,
            image=image,
            labels=labels,
            epsilon=epsilon,
            direction=stored,
            cohort=BRATS,
            **settings,
        )
        directly = fgsm(model, image, labels, epsilon=epsilon, **settings)
        assert torch.equal(craft(request), directly)
        assert not torch.equal(directly, image)


@pytest.mark.parametrize("scale", [0.5, 20, "gap"])
def test_direction_of_divided_logits_is_computed_and_stored(tmp_path, scale):
    model = UNet3D(filters=2, levels=2).eval().requires_grad_(False)
    image, labels = torch.randn(3, 4, 8, 8, 8), torch.randint(0, 4, (3, 8, 8, 8))
    request = Request(
        model=model, image=image, labels=labels, epsilon=0.1, threat_model=ThreatModel(),
        loss=DiceLoss(), parameters={"scale": scale}, cohort=BRATS,
    )  # fmt: skip
    with torch.no_grad():
        gap = model(image).topk(2, 1).values.diff(dim=1).abs().flatten(1).median(1).values
    divisor = gap.view(-1, 1, 1, 1, 1) if scale == "gap" else scale
    divided = fgsm(lambda x: model(x) / divisor, image, labels, epsilon=0.1)
    assert torch.equal(craft(request), divided)
    assert not torch.equal(divided, fgsm(model, image, labels, epsilon=0.1))
    write_direction(tmp_path / "d.npz", direct(request), CASES)
    stored = StoredDirection(tmp_path / "d.npz", CASES).read([0, 1, 2])
    plain = Request(**{**vars(request), "parameters": {}, "direction": stored})
    assert torch.equal(craft(plain), divided)
