"""Inference mode, where test loops of frameworks run, has no gradient: it is left for attacks."""

import pytest
import torch

from robustseg.attacks.problem import Problem
from robustseg.attacks.registry import ATTACKS
from robustseg.data.cohort import BRATS
from robustseg.diagnostics.examination import examine
from robustseg.diagnostics.subject import Subject
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import resolve
from robustseg.threat.gradient import loss_and_gradient
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.scale import median_gap
from robustseg.threat.threat_model import ThreatModel

from .asked import attacked

VALUES = {
    "step_size": 0.02, "relative_step": 0.1, "iterations": 2, "queries": 5, "target_class": 2,
}  # fmt: skip
CASES = [(name, {}) for name in ATTACKS]
CASES += [("fgsm", {"scale": "gap"}), ("pgd", {"scale": "gap"}), ("apgd", {"scale": "gap"})]


@pytest.fixture(scope="module")
def given():
    torch.manual_seed(0)
    return {
        "model": UNet3D(filters=2, levels=2).eval(),
        "image": torch.randn(2, 4, 8, 8, 8),
        "labels": torch.randint(4, (2, 8, 8, 8)),
        "epsilon": 0.05,
        "cohort": BRATS,
        "seeds": (1, 2),
    }


def inside(given):
    """Return volumes and labels that were made in inference mode themselves."""
    return {**given, "image": given["image"].clone(), "labels": given["labels"].clone()}


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_an_attack_is_the_same_inside(given, name, settings):
    parameters = {key: VALUES[key] for key in ATTACKS[name].parameters} | settings

    def found(given):
        asked = {**given, "threat_model": ThreatModel(), "loss": DiceLoss()}
        return attacked(name, asked, parameters, criterion=None)

    outside = found(given)
    assert not torch.equal(outside, given["image"])
    with torch.inference_mode():
        assert torch.equal(found(given), outside)
        assert torch.equal(found(inside(given)), outside)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_gradient_is_the_same_inside(given, name):
    arguments = [tuple(BRATS.regions.values())] if name == "region-dice" else []

    def gradient(given):
        problem = Problem(
            model=given["model"],
            image=given["image"],
            target=given["labels"],
            epsilon=0.05,
            objective=resolve(OBJECTIVES[name])(*arguments),
            scale=median_gap(given["model"](given["image"])),
        )
        return problem.value_and_gradient(problem.image, progress=0.5).gradient

    outside = gradient(given)
    assert outside.abs().sum() > 0
    with torch.inference_mode():
        assert torch.equal(gradient(inside(given)), outside)


def test_diagnostics_are_the_same_inside(given):
    outside = examine(Subject(**given), iterations=2, queries=3)
    with torch.inference_mode():
        assert examine(Subject(**inside(given)), iterations=2, queries=3) == outside


def test_a_model_without_gradient_in_inference_mode_is_refused(given):
    image, labels = given["image"], given["labels"]

    @torch.inference_mode()
    def enters(image):
        return given["model"](image)

    with torch.inference_mode():
        made = UNet3D(filters=2, levels=2).eval()
        statistics = torch.nn.Sequential(torch.nn.BatchNorm3d(4)).eval()
    for parameter in ("weight", "bias"):
        setattr(statistics[0], parameter, torch.nn.Parameter(torch.ones(4)))
    for model, said in ((enters, "enters"), (made, "was made in"), (statistics, "was made in")):
        with pytest.raises(InputError, match=rf"{said} torch.inference_mode\(\)"):
            loss_and_gradient(model, image, labels, loss=DiceLoss())
