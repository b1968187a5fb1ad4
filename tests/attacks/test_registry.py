import inspect

import pytest
import torch

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.problem import Problem
from robustseg.attacks.registry import ATTACKS, PROBLEM
from robustseg.data.cohort import BRATS
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import resolve
from robustseg.threat.objectives import Dice
from robustseg.threat.threat_model import ThreatModel

from .asked import attacked, own, posed

PARAMETERS = {
    "step_size": 0.02,
    "relative_step": 0.4,
    "iterations": 3,
    "queries": 20,
    "target_class": 2,
}


@pytest.fixture
def asked():
    torch.manual_seed(1)
    return {
        "model": UNet3D(filters=2, levels=2).eval(),
        "image": torch.randn(2, 4, 8, 8, 8),
        "labels": torch.randint(0, 4, (2, 8, 8, 8)),
        "epsilon": 0.05,
        "threat_model": ThreatModel(clip="volume", reference="sequence"),
        "loss": DiceLoss(squared=True),
        "cohort": BRATS,
        "seeds": (1, 2),
    }


def required(name):
    return {key: PARAMETERS[key] for key in ATTACKS[name].parameters}


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_stays_within_the_threat_model(asked, name):
    # Nothing that is done to an untrained network need lower its Dice: compare the objective.
    found = attacked(name, asked, required(name), criterion=None)
    threat_model = asked["threat_model"]
    assert found.shape == asked["image"].shape
    assert not found.requires_grad
    distance = threat_model.distance(found, asked["image"])
    assert (distance <= 0.05 * (1 + 1e-5)).all()
    assert (distance > 0.02).all()
    clipped = threat_model.project(found, asked["image"], epsilon=0.05)
    assert torch.equal(clipped, found)


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_takes_the_parameters_that_it_declares_and_no_other(name):
    entry = ATTACKS[name]
    (problem, *taken) = inspect.signature(resolve(entry.attack)).parameters.values()
    assert problem.name == "problem"
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in taken)
    names = {parameter.name for parameter in taken}
    assert ("on_iterate" in names) == entry.iterative
    declared = {*entry.parameters, *entry.optional} - set(PROBLEM)
    # The share of voxels of the first cube is the paper's.
    assert names - {"on_iterate", "share"} == declared
    needed = {parameter.name for parameter in taken if parameter.default is parameter.empty}
    assert needed <= set(entry.parameters)


def test_attacks_by_name_are_the_functions_with_the_same_arguments(asked):
    shared = {key: asked[key] for key in ("model", "image", "epsilon", "threat_model")}
    truth = Problem(**shared, target=asked["labels"], objective=Dice(asked["loss"]))
    wanted = Problem(
        **shared,
        target=torch.full_like(asked["labels"], 2),
        targeted=True,
        objective=Dice(asked["loss"]),
    )
    for name, expected in [
        ("fgsm", fgsm(truth)),
        ("i-fgsm", i_fgsm(truth, step_size=0.02, iterations=3)),
        ("ti-fgsm", ti_fgsm(wanted, step_size=0.02, iterations=3)),
    ]:
        assert torch.equal(attacked(name, asked, required(name)), expected), name


def test_a_wanted_segmentation_is_asked_for(asked):
    with pytest.raises(InputError, match="wants a segmentation"):
        ti_fgsm(posed(asked))


@pytest.mark.parametrize("name", [name for name in ATTACKS if ATTACKS[name].iterative])
def test_iterative_attacks_report_their_iterates(asked, name):
    seen, parameters = [], required(name)
    resolve(ATTACKS[name].attack)(
        posed(asked, parameters), **own(name, parameters), on_iterate=lambda n, _: seen.append(n)
    )
    assert seen == [1, 2, 3]
