import pytest
import torch

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.registry import ATTACKS
from robustseg.attacks.request import Request
from robustseg.data.cohort import BRATS
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.lazy import resolve
from robustseg.threat.threat_model import ThreatModel

PARAMETERS = {
    "step_size": 0.02,
    "relative_step": 0.4,
    "iterations": 3,
    "queries": 20,
    "target_class": 2,
}


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
        cohort=BRATS,
        seeds=(1, 2),
        parameters=PARAMETERS,
    )


def with_own_parameters(request, name, **others):
    """Return the request with those parameters alone that the attack must be given."""
    own = {key: PARAMETERS[key] for key in ATTACKS[name].parameters}
    return Request(**{**vars(request), "parameters": {**own, **others}})


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_stays_within_the_threat_model(request_, name):
    attacked = resolve(ATTACKS[name].craft)(with_own_parameters(request_, name))
    assert attacked.shape == request_.image.shape
    assert not attacked.requires_grad
    distance = request_.threat_model.distance(attacked, request_.image)
    assert (distance <= 0.05 * (1 + 1e-5)).all()
    assert (distance > 0.02).all()
    clipped = request_.threat_model.project(attacked, request_.image, epsilon=0.05)
    assert torch.equal(clipped, attacked)


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_takes_the_parameters_that_it_declares_and_no_other(request_, name):
    """A mapping that tells what is asked of it."""
    asked = set()

    class Noting(dict):
        def __getitem__(self, key):
            asked.add(key)
            return super().__getitem__(key)

        def get(self, key, default=None):
            asked.add(key)
            return super().get(key, default)

    parameters = Noting(with_own_parameters(request_, name).parameters)
    resolve(ATTACKS[name].craft)(Request(**{**vars(request_), "parameters": parameters}))
    declared = {*ATTACKS[name].parameters, *ATTACKS[name].optional}
    assert set(ATTACKS[name].parameters) <= asked <= declared | {"loss"}


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
        asked = with_own_parameters(request_, name)
        assert torch.equal(resolve(ATTACKS[name].craft)(asked), expected), name


def test_iterative_attacks_report_their_iterates(request_):
    for name, entry in ATTACKS.items():
        seen = []
        recording = Request(
            **{**vars(request_), "on_iterate": lambda n, _, seen=seen: seen.append(n)}
        )
        resolve(entry.craft)(recording)
        assert seen == ([1, 2, 3] if entry.iterative else []), name
