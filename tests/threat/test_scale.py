import numpy as np
import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import fgsm
from robustseg.data.cohort import BRATS
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.threat.gradient import value_and_gradient
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.scale import ORDINARY_GAP, SATURATION, median_gap, top2_gap
from robustseg.threat.threat_model import ThreatModel

from ..attacks.asked import posed


class Multiplied(nn.Module):
    def __init__(self, network, factor):
        super().__init__()
        self.network, self.factor = network, factor

    def forward(self, image):
        return self.network(image) * self.factor


@pytest.fixture
def network():
    return UNet3D(filters=2, levels=2).eval().requires_grad_(False)


def problem(model, **parameters):
    generator = torch.Generator().manual_seed(3)
    asked = {
        "model": model,
        "image": torch.randn(2, 4, 8, 8, 8, generator=generator),
        "labels": torch.randint(0, 4, (2, 8, 8, 8), generator=generator),
        "epsilon": 0.05,
        "threat_model": ThreatModel(),
        "loss": DiceLoss(),
        "cohort": BRATS,
    }
    return posed(asked, parameters)


def gradient(network, **parameters):
    task = problem(network, **parameters)
    return task.value_and_gradient(task.image).gradient


def test_gap_is_largest_minus_second_largest():
    logits = torch.tensor([[5.0, 1.0, 3.5], [-2.0, -2.0, -9.0]]).view(2, 3, 1, 1, 1)
    assert top2_gap(logits).flatten().tolist() == [1.5, 0]
    drawn = torch.randn(2, 4, 3, 3, 3)
    ranked = np.sort(drawn.numpy(), axis=1)
    np.testing.assert_array_equal(top2_gap(drawn).numpy(), ranked[:, -1] - ranked[:, -2])


def test_median_gap_is_each_cases_own():
    gaps = torch.tensor([[1.0, 9.0, 4.0], [200.0, 0.0, 300.0]])
    logits = torch.stack([gaps, torch.zeros(2, 3), torch.full((2, 3), -5.0)], 1)
    found = median_gap(logits.view(2, 3, 3, 1, 1))
    assert found.shape == (2, 1, 1, 1, 1)
    assert found.flatten().tolist() == [4, 200]


def test_median_gap_of_ties_is_one():
    assert median_gap(torch.zeros(2, 3, 2, 2, 2)).flatten().tolist() == [1, 1]


def test_saturation_is_where_float32_rounds_to_one():
    def largest(gap):
        return torch.tensor([gap, 0.0], dtype=torch.float32).softmax(0)[0].item()

    assert largest(SATURATION + 0.02) == 1
    assert largest(SATURATION - 0.02) < 1
    assert largest(ORDINARY_GAP) < 1


@pytest.mark.parametrize("loss", OBJECTIVES)
def test_logits_divided_by_a_constant_have_the_direction_of_the_ordinary_ones(network, loss):
    """z = 1000 z' divided by its own gap is z' divided by its own: the same attack."""
    ours = gradient(network, loss=loss, scale="gap").sign()
    theirs = gradient(Multiplied(network, 1000), loss=loss, scale="gap").sign()
    size = gradient(network, loss=loss, scale="gap").abs()
    steady = size > 1e-3 * size.amax((1, 2, 3, 4), keepdim=True)
    assert steady.float().mean() > 0.8
    assert torch.equal(ours[steady], theirs[steady])
    assert (ours != theirs).float().mean() < 0.01
    assert ours.abs().mean() > 0.99


def test_power_of_two_as_a_divisor_is_exact(network):
    plain = fgsm(problem(network))
    assert torch.equal(fgsm(problem(Multiplied(network, 1024), scale=1024)), plain)
    assert torch.equal(fgsm(problem(network, scale=1)), plain)


def test_saturated_logits_have_no_gradient_until_they_are_divided(network):
    def share_of_zeros(**parameters):
        return (gradient(Multiplied(network, 1e5), **parameters) == 0).float().mean().item()

    assert share_of_zeros() > 0.5
    assert share_of_zeros(scale="gap") < 0.01
    assert share_of_zeros(scale=1e5) < 0.01


def test_a_model_without_a_way_back_has_the_gradient_zero():
    image = torch.randn(2, 1, 3, 3, 3)
    frozen = nn.Conv3d(1, 2, 1)
    for model in (
        lambda x: torch.cat([x, -x], 1).detach(),
        lambda x: frozen(x.detach()),  # parameters want a gradient, the image gets none
    ):
        found = value_and_gradient(model, image, lambda logits: logits.flatten(1).sum(1))
        assert found.gradient.shape == image.shape
        assert (found.gradient == 0).all()
        assert not found.value.requires_grad
        assert not found.logits.requires_grad
