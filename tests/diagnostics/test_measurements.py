"""Each diagnostic by itself, where its answer is known."""

import pytest
import torch
from torch import nn

from robustseg.diagnostics.controls import controls, label_leak, stochasticity
from robustseg.diagnostics.convergence import full_range, iteration_curve
from robustseg.diagnostics.gradients import finite_differences, zero_gradient
from robustseg.diagnostics.saturation import logit_scale, saturation
from robustseg.diagnostics.segmentation import segmentation
from robustseg.models.networks import LogitScale

from .conftest import subject


class Linear(nn.Module):
    """Four logits, linear in every voxel; the last two sequences are not looked at."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(4, 4, 1)
        with torch.no_grad():
            self.conv.weight[:, 2:] = 0

    def forward(self, image):
        return self.conv(image)


def test_segmentation_of_known_overlaps():
    class Known(nn.Module):
        """Class 1 in the first half of the first case, class 2 in the second case."""

        def forward(self, image):
            logits = torch.zeros(2, 4, 8, 8, 8)
            logits[0, 1, :4] = logits[1, 2] = 1
            return logits

    labels = torch.zeros(2, 8, 8, 8).long()
    labels[0] = 1
    labels[1, :2] = 1
    labels[1, 2:6] = 3
    found = segmentation(subject(Known(), image=torch.zeros(2, 4, 8, 8, 8), labels=labels))
    # Of class 1 there are 512 + 128 voxels, 256 predicted and right; of class 2 there is none.
    assert found == {
        "classes": ["necrotic", "enhancing"],
        "dice": [512 / (640 + 256), 0.0],
        "voxels": [640, 256],
        "predicted": [256, 0],
    }


def test_saturation_of_known_logits():
    class Known(nn.Module):
        def forward(self, image):
            gap = torch.where(image[:, :1] > 0, 20.0, 5.0)
            return torch.cat([gap, torch.zeros_like(gap).expand(-1, 3, -1, -1, -1)], 1)

    image = torch.ones(2, 4, 8, 8, 8)
    image[..., :2] = -1
    found = saturation(subject(Known(), image=image, labels=torch.zeros(2, 8, 8, 8).long()))
    assert found["saturated"] == 0.75
    assert found["gap_quantiles"] == [5, 12.5, 20, 20, 20] or found["gap_quantiles"][2] == 20
    assert not found["hard"]


def test_sequences_that_are_not_looked_at_have_no_gradient_and_no_effect():
    found = zero_gradient(subject(Linear()))
    assert found["float32"] == found["float64"] == 0.5
    assert found["effect"] == 0


def test_division_undoes_multiplication(plain):
    factor = 1000.0
    found = logit_scale(subject(LogitScale(plain, factor), temperature=factor))
    undone = logit_scale(subject(plain))
    assert found["temperature"] == pytest.approx(undone["plain"], abs=0.01)
    assert found["gap"] == pytest.approx(undone["gap"], abs=0.01)
    assert found["plain"] != pytest.approx(undone["plain"], abs=0.01)
    gap = undone["ordinary_tau"] * factor
    assert found["ordinary_tau"] > gap / 10


def test_float64_has_the_gradient_that_float32_rounds_away():
    model = Linear()
    with torch.no_grad():
        model.conv.bias[0] = 200  # exp(-200) is 0 in float32
    found = zero_gradient(subject(model))
    assert found["float32"] == 1
    assert found["float64"] == 0.5
    assert found["effect"] == 1


def test_finite_differences_of_a_smooth_loss_are_its_gradient():
    found = finite_differences(subject(Linear()))
    assert found["cosine"] > 0.99
    assert found["nonlinearity"] < 0.2


def test_the_curve_only_falls_and_its_gain_is_that_of_the_second_half(plain):
    found = iteration_curve(subject(plain).first(2), iterations=12)
    assert found["iterations"] == [1, 2, 4, 8, 12]
    assert all(b <= a for a, b in zip(found["dice"], found["dice"][1:], strict=False))
    assert 0 <= found["gain"] <= found["dice"][2] - found["dice"][-1]


def test_an_unbounded_attack_replaces_the_image(plain):
    found = full_range(subject(plain).first(2))
    assert found["dice"][-1] <= found["constant"] + 0.05


def test_noise_does_less_than_the_gradient(plain):
    found = controls(subject(plain))
    attacked = label_leak(subject(plain))
    assert attacked["truth"] < min(found.values())
    assert attacked["truth"] <= attacked["prediction"] <= attacked["clean"]


def test_dropout_left_on_is_chance(plain):
    assert stochasticity(subject(plain)) == {"difference": 0.0, "eot": None}

    class Dropping(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = plain

        def forward(self, image):
            return self.network(nn.functional.dropout(image, 0.1, training=True))

    found = stochasticity(subject(Dropping()))
    assert found["difference"] > 0.01
    assert 0 < found["eot"] < 1


def test_an_examination_changes_neither_model_nor_volumes(plain):
    examined = subject(plain)
    before = [parameter.clone() for parameter in plain.parameters()]
    image = examined.image.clone()
    zero_gradient(examined)
    logit_scale(examined)
    assert all(torch.equal(a, b) for a, b in zip(before, plain.parameters(), strict=True))
    assert torch.equal(examined.image, image)
    assert next(plain.parameters()).dtype == torch.float32
