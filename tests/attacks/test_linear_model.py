"""A network whose optimal adversary is known: two classes, logits linear in every voxel.

The Dice loss and the cross-entropy fall with the probability of the right class in each voxel,
that probability is monotone in ``w . x``, and the ball is a box. So the worst image has every
sequence of every voxel at the end of its interval: ``sign(w)`` in background, ``-sign(w)`` in
lesion voxels.
"""

from dataclasses import replace

import pytest
import torch
from torch import nn

from robustseg.attacks.apgd import apgd, sea
from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.pgd import pgd
from robustseg.attacks.problem import Problem
from robustseg.attacks.square import square
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.runtime.plugins import resolve
from robustseg.threat.objectives import Dice
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.threat_model import ThreatModel

REGIONS_OF = {"region-dice": {"regions": ((1,),)}}
SHAPES = [(1, 1, 4, 4, 4), (2, 4, 5, 6, 7), (3, 2, 8, 8, 8)]
RANGES = [(0, 1), (-3, 3), (-1000, 3000), (500, 30000), (-5, -1)]
EPSILONS = [0.001, 0.05, 0.3]
THREATS = [
    ThreatModel(),
    ThreatModel(clip="none"),
    ThreatModel(clip="volume"),
    ThreatModel(reference="sequence"),
    ThreatModel(reference="sequence", clip="none", support="brain"),
]


def cross_entropy(probabilities, target):
    return -(target * probabilities.log()).sum(1).flatten(1).mean(1)


class Linear(nn.Module):
    """Logits ``(-w . (x - center), w . (x - center))``, of moderate size."""

    def __init__(self, sequences, low, high):
        super().__init__()
        generator = torch.Generator().manual_seed(sequences)
        signs = torch.randint(0, 2, (sequences,), generator=generator) * 2.0 - 1
        size = 0.5 + torch.rand(sequences, generator=generator)
        self.w = signs * size / (high - low) / sequences
        self.conv = nn.Conv3d(sequences, 2, 1)
        with torch.no_grad():
            self.conv.weight[:] = torch.stack([-self.w, self.w])[:, :, None, None, None]
            center = self.w.sum() * (low + high) / 2
            self.conv.bias[:] = torch.stack([center, -center])

    def forward(self, image):
        return self.conv(image)


def problem(shape, low, high):
    image = torch.rand(shape) * (high - low) + low
    image[:, :, 0] = image.amin((2, 3, 4))[..., None, None]
    labels = (torch.rand(shape[0], *shape[2:]) < 0.3).long()
    return Linear(shape[1], low, high).eval(), image, labels


def optimum(model, image, labels, epsilon, threat_model):
    """Return the worst image, in the words of the definition rather than the library's."""
    over = (1, 2, 3, 4) if threat_model.reference == "volume" else (2, 3, 4)
    peak = image.abs().amax(over, keepdim=True)
    worse = (1 - 2 * labels)[:, None] * model.w.sign()[None, :, None, None, None]
    if threat_model.support == "brain":
        worse = worse * (image != image.amin((2, 3, 4), keepdim=True))
    moved = image + epsilon * peak * worse
    if threat_model.clip != "none":
        over = (1, 2, 3, 4) if threat_model.clip == "volume" else (2, 3, 4)
        moved = moved.clamp(image.amin(over, keepdim=True), image.amax(over, keepdim=True))
    return moved


def same(found, expected, image):
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-6 * image.abs().max().item())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("bounds", RANGES, ids=str)
@pytest.mark.parametrize("epsilon", EPSILONS)
def test_every_attack_reaches_the_optimum(shape, bounds, epsilon):
    model, image, labels = problem(shape, *bounds)
    steps = {"step_size": 0.4 * epsilon, "iterations": 4}
    for threat_model in THREATS:
        worst = optimum(model, image, labels, epsilon, threat_model)
        for loss in (DiceLoss(), DiceLoss(include_background=False), cross_entropy):
            settings = {"epsilon": epsilon, "threat_model": threat_model, "objective": Dice(loss)}
            truth = Problem(model=model, image=image, target=labels, **settings)
            # The segmentation wanted is the opposite one, and the loss to it is decreased.
            wanted = replace(truth, target=1 - labels, targeted=True)
            same(fgsm(truth), worst, image)
            same(i_fgsm(truth, **steps), worst, image)
            same(ti_fgsm(wanted, **steps), worst, image)


@pytest.mark.parametrize("threat_model", THREATS, ids=ThreatModel.describe)
def test_the_closed_form_is_the_worst_of_the_ball(threat_model):
    model, image, labels = problem((2, 3, 4, 4, 4), -1000, 3000)
    target, loss = one_hot(labels, 2), DiceLoss()

    def value(images):
        with torch.no_grad():
            return loss(model(images).softmax(1), target)

    worst = value(optimum(model, image, labels, 0.1, threat_model))
    assert (worst > value(image) + 0.01).all()
    for _ in range(100):
        direction = threat_model.direction(image, torch.randn_like(image))
        other = threat_model.step(image, direction * torch.rand_like(image), image, size=0.1)
        assert (value(threat_model.project(other, image, epsilon=0.1)) < worst).all()


def test_targeted_attack_descends_to_its_target():
    model, image, _ = problem((2, 3, 6, 6, 6), -3, 3)
    wanted = torch.ones(2, 6, 6, 6, dtype=torch.long)
    target, losses = one_hot(wanted, 2), []
    task = Problem(model=model, image=image, target=wanted, epsilon=0.2, targeted=True)
    ti_fgsm(
        task, step_size=0.02, iterations=8,
        on_iterate=lambda _, iterate: losses.append(DiceLoss()(model(iterate).softmax(1), target)),
    )  # fmt: skip
    losses = torch.stack([DiceLoss()(model(image).softmax(1), target), *losses])
    assert (losses.diff(dim=0) < 0).all()


def test_too_few_steps_go_their_distance_only():
    model, image, labels = problem((2, 3, 6, 6, 6), -1000, 3000)
    threat_model = ThreatModel(clip="none")
    task = Problem(model=model, image=image, target=labels, epsilon=0.1, threat_model=threat_model)
    reached = i_fgsm(task, step_size=0.01, iterations=3)
    same(reached, optimum(model, image, labels, 0.03, threat_model), image)


@pytest.mark.parametrize("attack", [i_fgsm, ti_fgsm])
def test_iterates_are_reported_in_order_and_end_in_the_result(attack):
    model, image, labels = problem((2, 2, 5, 5, 5), -3, 3)
    seen = []
    targeted = attack is ti_fgsm
    result = attack(
        Problem(model=model, image=image, target=labels, epsilon=0.1, targeted=targeted),
        step_size=0.03, iterations=5,
        on_iterate=lambda number, iterate: seen.append((number, iterate.clone())),
    )  # fmt: skip
    assert [number for number, _ in seen] == [1, 2, 3, 4, 5]
    assert torch.equal(seen[-1][1], result)
    distances = torch.stack([ThreatModel().distance(iterate, image) for _, iterate in seen])
    assert (distances <= 0.1 * (1 + 1e-5)).all()
    assert (distances[1] > distances[0]).all()


@pytest.mark.parametrize("attack", [fgsm, i_fgsm, ti_fgsm])
def test_epsilon_of_zero_changes_nothing(attack):
    model, image, labels = problem((2, 2, 5, 5, 5), -3, 3)
    targeted = attack is ti_fgsm
    task = Problem(model=model, image=image, target=labels, epsilon=0, targeted=targeted)
    assert torch.equal(attack(task), image)


def test_one_step_of_i_fgsm_is_fgsm():
    model, image, labels = problem((2, 2, 5, 5, 5), -1000, 3000)
    task = Problem(model=model, image=image, target=labels, epsilon=0.1)
    assert torch.equal(i_fgsm(task, step_size=0.1, iterations=1), fgsm(task))


def test_direction_is_that_of_the_closed_form():
    model, image, labels = problem((2, 3, 5, 5, 5), 500, 30000)
    task = Problem(model=model, image=image, target=labels, epsilon=0.1)
    direction = task.value_and_gradient(image).gradient.sign()
    expected = (1 - 2 * labels)[:, None] * model.w.sign()[None, :, None, None, None]
    assert torch.equal(direction, expected)


def posed(bounds, epsilon, *, shape=(2, 4, 5, 6, 7), targeted=False, **settings):
    """Return the problem and its solution; targeted, the segmentation wanted is the opposite."""
    model, image, labels = problem(shape, *bounds)
    settings = {"threat_model": ThreatModel(), **settings}
    worst = optimum(model, image, labels, epsilon, settings["threat_model"])
    target = 1 - labels if targeted else labels
    seeds = tuple(range(shape[0]))
    return Problem(
        model=model, image=image, target=target, epsilon=epsilon, targeted=targeted, seeds=seeds,
        **settings,
    ), worst  # fmt: skip


def decided(model, image):
    with torch.no_grad():
        return model(image).argmax(1)


SEARCHES = {
    "pgd": lambda p: pgd(p, relative_step=0.4, iterations=4),
    "mi-fgsm": lambda p: pgd(p, relative_step=0.4, iterations=4, momentum=1),
    "restarts": lambda p: pgd(p, relative_step=0.6, iterations=5, restarts=3),
    "apgd": lambda p: apgd(p, iterations=6),
}


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("loss", OBJECTIVES)
@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_on_every_objective_reaches_the_optimum(name, loss, targeted):
    for bounds, epsilon in [((0, 1), 0.3), ((-1000, 3000), 0.05)]:
        for threat_model in THREATS:
            task, worst = posed(
                bounds, epsilon, targeted=targeted, threat_model=threat_model,
                objective=resolve(OBJECTIVES[loss])(**REGIONS_OF.get(loss, {})),
            )  # fmt: skip
            found = SEARCHES[name](task)
            if "masked" not in loss and loss != "margin":
                same(found, worst, task.image)
                continue
            # Voxels that are lost are left where they are; the others are at their end.
            decision = decided(task.model, worst)
            assert torch.equal(decided(task.model, found), decision)
            open_ = (decision == task.target) != targeted
            assert targeted or open_.any()
            mask = open_[:, None].expand_as(found)
            same(found[mask], worst[mask], task.image)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("threat_model", THREATS, ids=ThreatModel.describe)
def test_sea_reaches_the_optimum(threat_model, targeted):
    task, worst = posed((-3, 3), 0.1, threat_model=threat_model, targeted=targeted)
    same(sea(task, iterations=10), worst, task.image)


@pytest.mark.parametrize("threat_model", THREATS, ids=ThreatModel.describe)
def test_square_approaches_the_optimum_without_a_gradient(threat_model):
    task, worst = posed((-3, 3), 0.2, shape=(2, 2, 4, 4, 4), threat_model=threat_model)
    best, clean = (task.rank(task.logits(x)) for x in (worst, task.image))
    shares = [
        (task.rank(task.logits(square(task, queries=queries))) - clean) / (best - clean)
        for queries in (1, 50, 600)
    ]
    assert (shares[0] < 0.5).all()
    assert (shares[1] > shares[0]).all()
    assert (shares[2] > 0.8).all()
    assert (shares[2] <= 1).all()
