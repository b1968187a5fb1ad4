"""Agreement with torchattacks and foolbox on a small U-Net.

Both libraries take epsilon in units of a range [0, 1]: here every volume has minimum 0 and
maximum 1, so that our peak is 1 and our clipping range theirs. torchattacks has the
cross-entropy built in, so ours attacks that loss; foolbox lets a user override the loss, so it
attacks our Dice.
"""

import eagerpy as ep
import foolbox
import pytest
import torch
import torchattacks
from foolbox.criteria import Misclassification, TargetedMisclassification

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.problem import Problem
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.threat.gradient import loss_and_gradient
from robustseg.threat.objectives import CrossEntropy, Dice
from robustseg.threat.threat_model import ThreatModel

THREAT = ThreatModel(reference="volume", clip="volume")
STEPS = {"epsilon": 0.05, "step_size": 0.015, "iterations": 5}
EPSILONS = [0.01, 0.05, 0.3]


def cross_entropy(probabilities, target):
    return -(target * probabilities.log()).sum(1).flatten(1).mean(1)


class WithDice:
    """A foolbox attack that follows our Dice loss."""

    def get_loss_fn(self, model, labels):
        target = one_hot(labels.raw, 4)

        def loss(inputs):
            return ep.astensor(DiceLoss()(model(inputs).raw.softmax(1), target).sum())

        return loss


class DiceFastGradient(WithDice, foolbox.attacks.LinfFastGradientAttack):
    pass


class DiceBasicIterative(WithDice, foolbox.attacks.LinfBasicIterativeAttack):
    pass


class DiceProjectedGradient(WithDice, foolbox.attacks.LinfProjectedGradientDescentAttack):
    pass


ITERATIVE = (DiceBasicIterative, DiceProjectedGradient)


@pytest.fixture
def network():
    return UNet3D(filters=3, levels=2).eval().requires_grad_(False)


@pytest.fixture
def image():
    drawn = torch.rand(2, 4, 8, 8, 8)
    drawn[:, 0, 0, 0, 0], drawn[:, 1, 0, 0, 0] = 0, 1
    return drawn


@pytest.fixture
def labels():
    return torch.randint(0, 4, (2, 8, 8, 8))


def steady(network, iterates, target, loss):
    """Tell the voxels whose gradient was never near 0, where its sign is more than rounding."""
    mask = torch.ones_like(iterates[0], dtype=torch.bool)
    for iterate in iterates:
        size = loss_and_gradient(network, iterate, target, loss=loss).gradient.abs()
        mask &= size > 1e-3 * size.amax((1, 2, 3, 4), keepdim=True)
    return mask


def agree(ours, theirs, mask, image):
    assert mask.float().mean() > 0.9
    assert ours.shape == theirs.shape == image.shape
    assert (ours != image).float().mean() > 0.5, "the attack changed next to nothing"
    torch.testing.assert_close(ours[mask], theirs[mask], rtol=0, atol=1e-6)


def problem(network, image, target, epsilon, loss, *, targeted=False):
    return Problem(
        model=network, image=image, target=target, epsilon=epsilon, threat_model=THREAT,
        objective=Dice(loss), targeted=targeted,
    )  # fmt: skip


def run(attack, network, image, target, loss):
    """Run one of our iterative attacks and note where the gradient was never near 0."""
    iterates = [image]
    ours = attack(
        problem(network, image, target, STEPS["epsilon"], loss, targeted=attack is ti_fgsm),
        step_size=STEPS["step_size"],
        iterations=STEPS["iterations"],
        on_iterate=lambda _, iterate: iterates.append(iterate),
    )
    return ours, steady(network, iterates[:-1], target, loss)


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_fgsm_is_that_of_torchattacks(network, image, labels, epsilon):
    ours = fgsm(problem(network, image, labels, epsilon, cross_entropy))
    theirs = torchattacks.FGSM(network, eps=epsilon)(image, labels)
    agree(ours, theirs, steady(network, [image], labels, cross_entropy), image)


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_fgsm_is_that_of_foolbox(network, image, labels, epsilon):
    ours = fgsm(problem(network, image, labels, epsilon, DiceLoss()))
    wrapped = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    theirs = DiceFastGradient().run(wrapped, image, Misclassification(labels), epsilon=epsilon)
    agree(ours, theirs, steady(network, [image], labels, DiceLoss()), image)


@pytest.mark.parametrize("kind", ["BIM", "PGD"])
def test_i_fgsm_is_that_of_torchattacks(network, image, labels, kind):
    ours, mask = run(i_fgsm, network, image, labels, cross_entropy)
    settings = {"eps": STEPS["epsilon"], "alpha": STEPS["step_size"], "steps": STEPS["iterations"]}
    if kind == "PGD":
        settings["random_start"] = False
    theirs = getattr(torchattacks, kind)(network, **settings)(image, labels)
    agree(ours, theirs, mask, image)


@pytest.mark.parametrize("kind", ITERATIVE)
def test_i_fgsm_is_that_of_foolbox(network, image, labels, kind):
    ours, mask = run(i_fgsm, network, image, labels, DiceLoss())
    theirs = foolbox_result(kind, network, image, Misclassification(labels))
    agree(ours, theirs, mask, image)


@pytest.mark.parametrize("kind", ITERATIVE)
def test_ti_fgsm_is_the_targeted_attack_of_foolbox(network, image, labels, kind):
    wanted = torch.ones_like(labels)
    ours, mask = run(ti_fgsm, network, image, wanted, DiceLoss())
    theirs = foolbox_result(kind, network, image, TargetedMisclassification(wanted))
    agree(ours, theirs, mask, image)


def foolbox_result(kind, network, image, criterion):
    attack = kind(abs_stepsize=STEPS["step_size"], steps=STEPS["iterations"], random_start=False)
    wrapped = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    return attack.run(wrapped, image, criterion, epsilon=STEPS["epsilon"])


class Flat(torch.nn.Module):
    """The network on images ``(N, C, D, H * W)``: torchattacks takes means over four axes."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image.unflatten(3, (8, 8)))


def last_iterate(network, image, target, objective, *, momentum=0, targeted=False):
    """Return PGD's last iterate, as the libraries do, and where the sign was never rounding."""
    iterates = [image]
    task = Problem(
        model=network, image=image, target=target, epsilon=STEPS["epsilon"], threat_model=THREAT,
        objective=objective, targeted=targeted,
    )  # fmt: skip
    task.steps(
        step_size=STEPS["step_size"], iterations=STEPS["iterations"], momentum=momentum,
        on_iterate=lambda _, iterate: iterates.append(iterate),
    )  # fmt: skip
    mask, velocity = torch.ones_like(image, dtype=torch.bool), torch.zeros_like(image)
    for iterate in iterates[:-1]:
        gradient = task.value_and_gradient(iterate).gradient
        size = gradient.abs().sum((1, 2, 3, 4), keepdim=True)
        velocity = momentum * velocity + gradient / size
        mask &= velocity.abs() > 1e-3 * velocity.abs().amax((1, 2, 3, 4), keepdim=True)
    return iterates[-1], mask


@pytest.mark.parametrize("momentum", [0.5, 1.0])
def test_mi_fgsm_is_that_of_torchattacks(network, image, labels, momentum):
    ours, mask = last_iterate(network, image, labels, CrossEntropy(), momentum=momentum)
    attack = torchattacks.MIFGSM(
        Flat(network), eps=STEPS["epsilon"], alpha=STEPS["step_size"], steps=STEPS["iterations"],
        decay=momentum,
    )  # fmt: skip
    theirs = attack(image.flatten(3), labels).view_as(image)
    agree(ours, theirs, mask, image)
    without, _ = last_iterate(network, image, labels, CrossEntropy())
    assert (ours != without).float().mean() > 0.05, "momentum changed nothing"


def test_pgd_is_that_of_torchattacks(network, image, labels):
    ours, mask = last_iterate(network, image, labels, CrossEntropy())
    theirs = torchattacks.PGD(
        network, eps=STEPS["epsilon"], alpha=STEPS["step_size"], steps=STEPS["iterations"],
        random_start=False,
    )(image, labels)  # fmt: skip
    agree(ours, theirs, mask, image)


@pytest.mark.parametrize("targeted", [False, True])
def test_pgd_is_that_of_foolbox(network, image, labels, targeted):
    target = torch.ones_like(labels) if targeted else labels
    ours, mask = last_iterate(network, image, target, Dice(), targeted=targeted)
    criterion = (TargetedMisclassification if targeted else Misclassification)(target)
    agree(ours, foolbox_result(DiceProjectedGradient, network, image, criterion), mask, image)
