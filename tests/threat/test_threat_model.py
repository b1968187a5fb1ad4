from itertools import product

import pytest
import torch

from robustseg.runtime.errors import InputError
from robustseg.threat.statement import state
from robustseg.threat.threat_model import TOLERANCE, ThreatModel

CLIPS, REFERENCES, SUPPORTS = (
    ("none", "sequence", "volume"),
    ("volume", "sequence"),
    ("volume", "brain"),
)
EVERY = [
    ThreatModel(reference=reference, clip=clip, support=support)
    for reference, clip, support in product(REFERENCES, CLIPS, SUPPORTS)
]
EPSILON = 0.1


def scans(cases=2, side=8):
    """Return volumes whose sequences and cases differ in range, with a blank background."""
    scale = torch.tensor([1.0, 40.0, 700.0])[None, :, None, None, None]
    offset = torch.tensor([0.0, -300.0])[:cases, None, None, None, None]
    image = torch.rand(cases, 3, side, side, side) * scale + offset
    image[..., :2] = image.amin((2, 3, 4), keepdim=True)
    return image


@pytest.fixture(params=EVERY, ids=ThreatModel.describe)
def threat_model(request):
    return request.param


def test_peak_of_the_volume_and_of_the_sequence():
    image = torch.zeros(2, 2, 3, 3, 3)
    image[0, 0, 1, 1, 1], image[0, 1, 0, 0, 0], image[1, 1, 2, 2, 2] = -9, 4, 5
    assert ThreatModel(reference="volume").peak(image).flatten().tolist() == [9, 5]
    assert ThreatModel(reference="sequence").peak(image).flatten().tolist() == [9, 4, 0, 5]


@pytest.mark.parametrize("magnitude", [0.5, 1, 30])
def test_projection_stays_in_ball_and_range(threat_model, magnitude):
    image = scans()
    wild = image + magnitude * EPSILON * threat_model.peak(image) * torch.randn_like(image)
    projected = threat_model.project(wild, image, epsilon=EPSILON)
    assert (threat_model.distance(projected, image) <= EPSILON * (1 + 1e-5)).all()
    over = {"none": None, "sequence": (2, 3, 4), "volume": (1, 2, 3, 4)}[threat_model.clip]
    if over is not None:
        assert (projected >= image.amin(over, keepdim=True)).all()
        assert (projected <= image.amax(over, keepdim=True)).all()
    assert torch.equal(threat_model.project(projected, image, epsilon=EPSILON), projected)


def test_projection_is_the_nearest_point(threat_model):
    """Of a box the nearest point is that of every voxel alone; found here by a search."""
    image = scans(cases=1, side=3)
    wild = image + 200 * torch.randn_like(image)
    projected = threat_model.project(wild, image, epsilon=EPSILON)
    for _ in range(200):
        other = threat_model.project(image + 200 * torch.randn_like(image), image, epsilon=EPSILON)
        assert ((projected - wild).abs() <= (other - wild).abs() + 1e-3).all()


def test_points_inside_stay(threat_model):
    image = scans()
    assert torch.equal(threat_model.project(image, image, epsilon=EPSILON), image)
    low, high = image.amin((2, 3, 4), keepdim=True), image.amax((2, 3, 4), keepdim=True)
    inside = (image + 0.5 * EPSILON * threat_model.peak(image)).clamp(low, high)
    assert torch.equal(threat_model.project(inside, image, epsilon=EPSILON), inside)


def test_without_clipping_the_range_is_left():
    image = scans()
    moved = image + EPSILON * image.abs().amax((1, 2, 3, 4), keepdim=True)
    tops = {
        clip: ThreatModel(clip=clip).project(moved, image, epsilon=EPSILON).amax((2, 3, 4))
        for clip in CLIPS
    }
    assert (tops["none"] > image.amax((2, 3, 4))).all()
    assert torch.equal(tops["sequence"], image.amax((2, 3, 4)))
    # The faint first sequence may grow as far as the volume's brightest one.
    assert (tops["volume"][:, 0] > image.amax((2, 3, 4))[:, 0]).all()
    assert torch.equal(tops["volume"].amax(1), image.amax((1, 2, 3, 4)))


def test_the_background_is_blank_although_voxels_at_the_rim_are_darker():
    image = torch.zeros(2, 3, 6, 7, 8)
    image[..., 2:5, 2:5, 2:5] = torch.rand(2, 3, 3, 3, 3) + 1
    image[..., 1, 2:5, 3] = -0.01
    change = ThreatModel(support="brain").restrict(torch.ones_like(image), image)
    assert torch.equal(change, (image != 0).float())


def test_the_upper_end_of_a_window_is_no_background_although_it_is_frequent():
    image = torch.rand(2, 1, 8, 8, 8).clamp(max=0.4)  # of bone that is clipped
    image[..., 0] = 0  # air
    change = ThreatModel(support="brain").restrict(torch.ones_like(image), image)
    assert torch.equal(change, (image != 0).float())


def test_brain_support_never_changes_the_background():
    image = scans()
    background = image == image.amin((2, 3, 4), keepdim=True)
    for threat_model in EVERY:
        direction = threat_model.direction(image, torch.randn_like(image))
        moved = threat_model.step(image, direction, image, size=EPSILON)
        moved = threat_model.project(moved, image, epsilon=EPSILON)
        if threat_model.support == "brain":
            assert torch.equal(moved[background], image[background])
            assert (direction[~background] != 0).all()
        else:
            assert (direction != 0).all()
            assert not torch.equal(moved[background], image[background])


def test_direction_is_a_sign():
    gradient = torch.tensor([-3.0, 0.0, 1e-30]).view(1, 1, 3, 1, 1)
    direction = ThreatModel().direction(torch.rand(1, 1, 3, 1, 1), gradient)
    assert direction.flatten().tolist() == [-1, 0, 1]


def test_step_is_in_units_of_the_clean_peak():
    image, start = scans(), scans() * 5
    for threat_model in EVERY:
        stepped = threat_model.step(start, torch.ones_like(image), image, size=0.25)
        torch.testing.assert_close(stepped, start + 0.25 * threat_model.peak(image))


@pytest.mark.parametrize("size", [0, 0.03, 0.5])
def test_distance_of_a_known_shift(size):
    image = scans()
    for threat_model in EVERY:
        shifted = image.clone()
        shifted[:, 1, 0, 0, 3] -= (size * threat_model.peak(image)).expand_as(image)[:, 1, 0, 0, 3]
        torch.testing.assert_close(
            threat_model.distance(shifted, image),
            torch.full((2,), float(size)),
            rtol=1e-3,
            atol=1e-5,
        )


def test_case_is_the_same_alone_and_in_a_batch(threat_model):
    image, noise = scans(), torch.randn(2, 3, 8, 8, 8)

    def attack(clean, drawn):
        moved = threat_model.step(clean, threat_model.direction(clean, drawn), clean, size=1)
        return threat_model.project(moved, clean, epsilon=EPSILON)

    alone = torch.cat([attack(image[n : n + 1], noise[n : n + 1]) for n in range(2)])
    assert torch.equal(attack(image, noise), alone)


@pytest.mark.parametrize("epsilon", [0.01, 0.05, 0.1])
def test_calibration(epsilon):
    """Sign noise has an RMSE of epsilon exactly where nothing clips it, and less where it does."""
    image = scans()
    signs = torch.randn_like(image)
    for threat_model in EVERY:
        direction = threat_model.direction(image, signs)
        moved = threat_model.step(image, direction, image, size=epsilon)
        moved = threat_model.project(moved, image, epsilon=epsilon)
        relative = (moved - image) / threat_model.peak(image)
        rmse = relative.double().square().mean((1, 2, 3, 4)).sqrt()
        if threat_model.clip == "none" and threat_model.support == "volume":
            torch.testing.assert_close(rmse, torch.full_like(rmse, epsilon), rtol=1e-3, atol=0)
        else:
            assert (rmse < 0.99 * epsilon).all()
            assert (rmse > 0.3 * epsilon).all()


def test_description_states_every_switch():
    described = {threat_model.describe() for threat_model in EVERY}
    assert len(described) == len(EVERY)
    text = ThreatModel(reference="sequence", clip="none", support="brain").describe()
    assert text == "norm=linf; clip=none; reference=sequence; support=brain"
    assert "\n" not in text


def test_statement_without_the_arithmetic_is_the_same():
    settings = {"support": "brain", "reference": "volume", "clip": "volume"}
    assert state(settings) == ThreatModel(**settings).describe()


def within(image, threat_model):
    wild = image + threat_model.restrict(torch.randn_like(image), image) * threat_model.peak(image)
    return threat_model.project(wild, image, epsilon=EPSILON)


def test_what_is_projected_passes_the_audit(threat_model):
    image = scans()
    for adversarial in (image, within(image, threat_model)):
        threat_model.audit(adversarial, image, epsilon=EPSILON)
        assert threat_model.excess(adversarial, image, epsilon=EPSILON).tolist() == [0, 0]


def test_excess_is_the_distance_beyond_the_ball_in_peaks(threat_model):
    image = scans()
    image[1, 2, 4, 4, 4] = image[1].mean()  # in the middle of the range, in the brain
    adversarial = image.clone()
    peak = threat_model.peak(image).expand(2, 3, 1, 1, 1)[1, 2, 0, 0, 0]
    adversarial[1, 2, 4, 4, 4] += (EPSILON + 0.03) * peak
    found = threat_model.excess(adversarial, image, epsilon=EPSILON)
    assert found[0] == 0
    assert found[1].item() == pytest.approx(0.03, rel=1e-3)
    with pytest.raises(
        InputError, match=r"leaves the threat model .*epsilon 0.1\) by 0.03"
    ) as caught:
        threat_model.audit(adversarial, image, epsilon=EPSILON)
    assert "\n" not in str(caught.value)
    # A tenth of the tolerance beyond is rounding.
    adversarial[1, 2, 4, 4, 4] -= (0.03 - 0.1 * TOLERANCE) * peak
    threat_model.audit(adversarial, image, epsilon=EPSILON)


@pytest.mark.parametrize("clip", ["sequence", "volume"])
def test_audit_sees_the_range(clip):
    image = scans()
    threat_model = ThreatModel(clip=clip)
    adversarial = image.clone()
    adversarial[0][image[0] == image[0].max()] += 0.01 * image[0].abs().max()
    ThreatModel(clip="none").audit(adversarial, image, epsilon=EPSILON)
    with pytest.raises(InputError, match=r"by 0\.01 of the peak"):
        threat_model.audit(adversarial, image, epsilon=EPSILON)


def test_audit_sees_the_support():
    image = scans()
    adversarial = image.clone()
    adversarial[1, 0, 5, 5, 0] += 1e-3  # of the background
    ThreatModel().audit(adversarial, image, epsilon=EPSILON)
    brain = ThreatModel(support="brain")
    assert brain.excess(adversarial, image, epsilon=EPSILON).tolist() == [0, float("inf")]
    with pytest.raises(InputError, match="by inf of the peak"):
        brain.audit(adversarial, image, epsilon=EPSILON)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_not_finite_is_infinitely_far(threat_model, value):
    image = scans()
    adversarial = image.clone()
    adversarial[0, 1, 4, 4, 4] = value
    found = threat_model.excess(adversarial, image, epsilon=EPSILON)
    assert found.tolist() == [float("inf"), 0]
    with pytest.raises(InputError, match="by inf of the peak"):
        threat_model.audit(adversarial, image, epsilon=EPSILON)


def test_a_blank_volume_has_nothing_to_be_beyond(threat_model):
    image = torch.zeros(1, 2, 3, 3, 3)
    threat_model.audit(image, image, epsilon=EPSILON)
    with pytest.raises(InputError, match="by inf of the peak"):
        threat_model.audit(image + 1, image, epsilon=EPSILON)
