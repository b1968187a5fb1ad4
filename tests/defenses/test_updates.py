"""The successive updates that every defense makes of a batch."""

import pytest
import torch

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.problem import Problem
from robustseg.defenses.adversarial import Adversarial
from robustseg.defenses.distillation import Distillation
from robustseg.defenses.noise import Noise
from robustseg.defenses.pgd import PGD
from robustseg.defenses.registry import DEFENSES
from robustseg.defenses.undefended import Undefended
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.threat.objectives import Dice
from robustseg.threat.threat_model import ThreatModel
from robustseg.training.recipe import build_defense


@pytest.fixture
def network():
    return UNet3D(filters=2, levels=2).eval()


@pytest.fixture
def image():
    return torch.randn(2, 4, 8, 8, 8) * 50 + 10


@pytest.fixture
def target():
    return one_hot(torch.randint(0, 4, (2, 8, 8, 8)), 4)


def pairs(defense, network, image, target, seed=0):
    return list(
        defense.updates(network, image, target, generator=torch.Generator().manual_seed(seed))
    )


def loss_of(network, image, target, temperature=1):
    with torch.no_grad():
        return DiceLoss()((network(image) / temperature).softmax(1), target)


def test_undefended_is_one_update_on_the_batch(network, image, target):
    ((inputs, wanted),) = pairs(Undefended(), network, image, target)
    assert inputs is image
    assert wanted is target


def test_noise_is_noisy_then_clean(network, image, target):
    (noisy, first), (clean, second) = pairs(Noise(radius=0.01), network, image, target)
    assert not torch.equal(noisy, image)
    assert torch.equal(clean, image)
    assert torch.equal(first, target)
    assert torch.equal(second, target)


@pytest.mark.parametrize("radius", [0.01, 0.1])
@pytest.mark.parametrize("clip", ["none", "sequence", "volume"])
def test_noise_is_uniform_within_its_radius_and_clipped(network, image, target, radius, clip):
    threat_model = ThreatModel(clip=clip)
    noisy = pairs(Noise(radius=radius, threat_model=threat_model), network, image, target)[0][0]
    assert (threat_model.distance(noisy, image) <= radius * (1 + 1e-5)).all()
    assert torch.equal(threat_model.project(noisy, image, epsilon=radius), noisy)
    relative = (noisy - image) / threat_model.peak(image) / radius
    if clip == "none":
        # Moments and quartiles of U(-1, 1).
        assert relative.mean().abs() < 0.05
        assert relative.std().item() == pytest.approx(3**-0.5, rel=0.05)
        assert (relative.abs() < 0.5).float().mean().item() == pytest.approx(0.5, abs=0.05)
    # Noise that a rounding had frozen would leave most voxels as they are.
    assert (relative.abs() > 1e-3).float().mean() > 0.95


def test_noise_is_drawn_anew_from_the_generator(network, image, target):
    defense, generator = Noise(radius=0.01), torch.Generator().manual_seed(0)
    first = next(iter(defense.updates(network, image, target, generator=generator)))[0]
    second = next(iter(defense.updates(network, image, target, generator=generator)))[0]
    assert not torch.equal(first, second)
    assert torch.equal(pairs(defense, network, image, target)[0][0], first)


def test_adversarial_is_adversarial_then_clean(network, image, target):
    (attacked, first), (clean, second) = pairs(Adversarial(epsilon=0.05), network, image, target)
    assert torch.equal(clean, image)
    assert torch.equal(first, target)
    assert torch.equal(second, target)
    assert (loss_of(network, attacked, target) > loss_of(network, image, target)).all()
    assert (ThreatModel().distance(attacked, image) <= 0.05 * (1 + 1e-5)).all()
    assert not attacked.requires_grad


@pytest.mark.parametrize("epsilon", [0.01, 0.1])
@pytest.mark.parametrize("support", ["volume", "brain"])
def test_adversarial_batch_is_that_of_fgsm(network, image, target, epsilon, support):
    threat_model = ThreatModel(support=support, clip="volume")
    loss = DiceLoss(squared=True)
    defense = Adversarial(epsilon=epsilon, threat_model=threat_model, loss=loss)
    task = Problem(
        model=network, image=image, target=target.argmax(1), epsilon=epsilon,
        threat_model=threat_model, objective=Dice(loss),
    )  # fmt: skip
    expected = fgsm(task)
    assert torch.equal(pairs(defense, network, image, target)[0][0], expected)


def test_adversarial_follows_the_network_as_it_is_now(network, image, target):
    defense = Adversarial(epsilon=0.05)
    before = pairs(defense, network, image, target)[0][0]
    assert torch.equal(pairs(defense, network, image, target)[0][0], before)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    after = pairs(defense, network, image, target)[0][0]
    assert not torch.equal(after, before)
    assert (loss_of(network, after, target) > loss_of(network, before, target)).all()


def test_adversarial_leaves_no_gradient_in_the_network(network, image, target):
    pairs(Adversarial(epsilon=0.05), network, image, target)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_pgd_is_adversarial_then_clean(network, image, target):
    defense = PGD(epsilon=0.05, steps=3, relative_step=0.5)
    (attacked, first), (clean, second) = pairs(defense, network, image, target)
    assert torch.equal(clean, image)
    assert torch.equal(first, target)
    assert torch.equal(second, target)
    assert (loss_of(network, attacked, target) > loss_of(network, image, target)).all()
    assert not attacked.requires_grad
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("clip", ["none", "sequence", "volume"])
@pytest.mark.parametrize("support", ["volume", "brain"])
@pytest.mark.parametrize("relative_step", [0.5, 2])
def test_pgd_stays_in_the_ball(network, image, target, clip, support, relative_step):
    threat_model = ThreatModel(clip=clip, support=support)
    image[..., :3] = image.amin((2, 3, 4), keepdim=True)
    for steps in (1, 4):
        defense = PGD(
            epsilon=0.1, steps=steps, relative_step=relative_step, threat_model=threat_model
        )
        attacked = pairs(defense, network, image, target)[0][0]
        threat_model.audit(attacked, image, epsilon=0.1)
        assert (threat_model.distance(attacked, image) > 0.09).all()


@pytest.mark.parametrize("support", ["volume", "brain"])
def test_one_whole_step_of_pgd_without_a_random_start_is_fgsms(network, image, target, support):
    shared = {"epsilon": 0.05, "threat_model": ThreatModel(support=support)}
    once = PGD(steps=1, relative_step=1, random_start=False, **shared)
    fast = Adversarial(**shared)
    assert torch.equal(
        pairs(once, network, image, target)[0][0], pairs(fast, network, image, target)[0][0]
    )


def test_pgd_starts_at_random_from_the_generator(network, image, target):
    defense = PGD(epsilon=0.05, steps=2, relative_step=0.2)
    first, again, other = (pairs(defense, network, image, target, seed)[0][0] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert (first != other).float().mean() > 0.5
    # From anywhere in the ball: small steps leave most voxels in its inside.
    small = PGD(epsilon=0.05, steps=1, relative_step=1e-3, threat_model=ThreatModel(clip="none"))
    moved = pairs(small, network, image, target)[0][0] - image
    relative = moved / ThreatModel().peak(image) / 0.05
    assert relative.std().item() == pytest.approx(3**-0.5, rel=0.05)


@pytest.mark.parametrize("temperature", [1, 20, 500])
def test_distillation_yields_the_teachers_soft_labels(network, image, target, temperature):
    teacher = UNet3D(filters=3, levels=2).eval()
    defense = Distillation(teacher=teacher, teacher_temperature=temperature, temperature=7)
    ((inputs, soft),) = pairs(defense, network, image, target)
    assert torch.equal(inputs, image)
    assert torch.equal(soft, (teacher(image) / temperature).softmax(1))
    torch.testing.assert_close(soft.sum(1), torch.ones(2, 8, 8, 8))
    assert not torch.equal(soft, target)
    assert defense.temperature == 7


def test_no_gradient_flows_into_the_teacher(network, image, target):
    teacher = UNet3D(filters=3, levels=2).eval()
    ((inputs, soft),) = pairs(
        Distillation(teacher=teacher, teacher_temperature=20), network, image, target
    )
    assert not soft.requires_grad
    DiceLoss()(network(inputs).softmax(1), soft).mean().backward()
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert all(parameter.grad is not None for parameter in network.parameters())


AVAILABLE = {
    "temperature": 20,
    "radius": 0.01,
    "epsilon": 0.05,
    "steps": 3,
    "relative_step": 0.5,
    "random_start": True,
    "teacher": torch.nn.Identity(),
    "teacher_temperature": 3,
    "threat_model": ThreatModel(clip="none"),
    "loss": DiceLoss(squared=True),
    "name": "whatever else the configuration says",
}


@pytest.mark.parametrize(
    ("name", "kind", "attributes"),
    [
        ("undefended", Undefended, {"temperature"}),
        ("noise", Noise, {"temperature", "radius", "threat_model"}),
        ("adversarial", Adversarial, {"temperature", "epsilon", "threat_model", "loss"}),
        (
            "pgd",
            PGD,
            {
                *("temperature", "epsilon", "threat_model", "loss"),
                *("steps", "relative_step", "random_start"),
            },
        ),
        ("distillation", Distillation, {"temperature", "teacher", "teacher_temperature"}),
    ],
)
def test_defenses_are_built_from_what_they_declare(name, kind, attributes):
    defense = build_defense(DEFENSES[name].build, **AVAILABLE)
    assert type(defense) is kind
    assert vars(defense) == {key: AVAILABLE[key] for key in attributes}


def test_table_names_every_defense():
    assert set(DEFENSES) == {"undefended", "noise", "adversarial", "pgd", "distillation"}


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("noise", "radius"),
        ("adversarial", "epsilon"),
        ("distillation", "teacher"),
        ("pgd", "epsilon"),
        ("pgd", "steps"),
        ("pgd", "relative_step"),
    ],
)
def test_missing_parameter_is_never_a_default(name, parameter):
    assert parameter in DEFENSES[name].parameters
    rest = {key: value for key, value in AVAILABLE.items() if key != parameter}
    with pytest.raises(TypeError, match=parameter):
        build_defense(DEFENSES[name].build, **rest)
