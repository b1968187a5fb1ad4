import pytest
import torch

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.registry import ATTACKS
from robustseg.attacks.request import Request
from robustseg.lazy import resolve
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.threat.threat_model import ThreatModel

PARAMETERS = {"step_size": 0.02, "iterations": 3, "target_class": 2}


@pytest.fixture
def request_():
    torch.manual_seed(1)
    return Request(
        model=UNet3D(filters=2, levels=2).eval(),
        image=torch.randn(2, 4, 8, 8, 8),
        labels=torch.randint(0, 4, (2, 8, 8, 8)),
        epsilon=0.05,
        threat_model=ThreatModel(clip="volume", reference="sequence"),
        loss=DiceLoss(squared=True),
        seeds=(1, 2),
        parameters=PARAMETERS,
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_stays_within_the_threat_model(request_, name):
    attacked = resolve(ATTACKS[name].craft)(request_)
    assert attacked.shape == request_.image.shape
    assert not attacked.requires_grad
    distance = request_.threat_model.distance(attacked, request_.image)
    assert (distance <= 0.05 * (1 + 1e-5)).all()
    assert (distance > 0.02).all()
    clipped = request_.threat_model.project(attacked, request_.image, epsilon=0.05)
    assert torch.equal(clipped, attacked)


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_needs_no_other_parameters_than_it_declares(request_, name):
    entry = ATTACKS[name]
    only = Request(
        **{**vars(request_), "parameters": {key: PARAMETERS[key] for key in entry.parameters}}
    )
    assert torch.equal(resolve(entry.craft)(only), resolve(entry.craft)(request_))


def test_crafts_are_the_attacks_with_the_arguments_of_the_request(request_):
    model, image, labels = request_.model, request_.image, request_.labels
    shared = {"epsilon": 0.05, "threat_model": request_.threat_model, "loss": request_.loss}
    steps = {**shared, "step_size": 0.02, "iterations": 3}
    wanted = torch.full_like(labels, 2)
    for name, expected in [
        ("fgsm", fgsm(model, image, labels, **shared)),
        ("i-fgsm", i_fgsm(model, image, labels, **steps)),
        ("ti-fgsm", ti_fgsm(model, image, wanted, **steps)),
    ]:
        assert torch.equal(resolve(ATTACKS[name].craft)(request_), expected), name


def test_iterative_attacks_report_their_iterates(request_):
    for name, entry in ATTACKS.items():
        seen = []
        recording = Request(
            **{**vars(request_), "on_iterate": lambda n, _, seen=seen: seen.append(n)}
        )
        resolve(entry.craft)(recording)
        assert seen == ([1, 2, 3] if entry.iterative else []), name
