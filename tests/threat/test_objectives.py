"""Every objective against its formula, written out voxel by voxel in float64 NumPy."""

from math import log

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cosine, jensenshannon
from scipy.special import log_softmax, softmax

from robustseg.data.cohort import BRATS
from robustseg.metrics.dice import dice
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import resolve
from robustseg.threat.objectives import (
    BalancedCrossEntropy,
    BalancedMaskedCrossEntropy,
    CosPGD,
    CrossEntropy,
    Dice,
    JensenShannon,
    Margin,
    MaskedCrossEntropy,
    RegionDice,
    SegPGD,
    class_weights,
    comparable,
    not_yet_fooled,
)
from robustseg.threat.registry import OBJECTIVES

# One case of two rows of two voxels; three classes. Right: the first and the last voxel.
LOGITS = np.array([[[2.0, 0.5, -1.0], [0.0, 3.0, 1.0]], [[1.0, 1.5, 0.0], [0.0, 0.2, 0.9]]])
TRUTH = np.array([[0, 0], [0, 2]])
HIT = np.array([[True, False], [False, True]])


def tensors(logits=LOGITS, truth=TRUTH):
    """Return float64 logits ``(1, 3, 1, 2, 2)`` and indices ``(1, 1, 2, 2)``."""
    return torch.tensor(logits).movedim(-1, 0)[None, :, None], torch.tensor(truth)[None, None]


def cross_entropies(truth=TRUTH):
    logs = log_softmax(LOGITS, -1)
    return np.array([[-logs[i, j, truth[i, j]] for j in range(2)] for i in range(2)])


def margins(truth=TRUTH):
    values = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            own = truth[i, j]
            values[i, j] = max(LOGITS[i, j, k] for k in range(3) if k != own) - LOGITS[i, j, own]
    return values


def cosines(truth=TRUTH):
    return np.array(
        [
            [1 - cosine(softmax(LOGITS[i, j]), np.eye(3)[truth[i, j]]) for j in range(2)]
            for i in range(2)
        ]
    )


def divergences(truth=TRUTH):
    # SciPy returns the distance, the square root of the divergence in nats.
    return np.array(
        [
            [jensenshannon(softmax(LOGITS[i, j]), np.eye(3)[truth[i, j]]) ** 2 for j in range(2)]
            for i in range(2)
        ]
    )


# Regions as those of tumors: one is part of the other.
REGIONS = ((1, 2), (2,))


def region_losses(truth=TRUTH):
    p, losses = softmax(LOGITS, -1), []
    for region in REGIONS:
        inside, own = sum(p[..., k] for k in region), np.isin(truth, region)
        losses.append(1 - (2 * inside[own].sum() + 1e-5) / (inside.sum() + own.sum() + 1e-5))
    return np.array(losses)


def made(name, regions=REGIONS):
    """Return the objective of this name, of ``regions`` where it asks for any."""
    needs = {"region-dice": {"regions": regions}}.get(name, {})
    return resolve(OBJECTIVES[name])(**needs)


# Class 0 has three voxels, class 2 one, class 1 none: two classes share the four voxels.
WEIGHTS = np.array([[4 / 6, 4 / 6], [4 / 6, 4 / 2]])


def expected(name, *, targeted=False, progress=0.0, truth=TRUTH, hit=HIT):
    open_ = ~hit if targeted else hit
    ce, share = cross_entropies(truth), progress / 2
    cos = cosines(truth)
    voxels = {
        "cross-entropy": ce,
        "balanced-cross-entropy": WEIGHTS * ce,
        "masked-cross-entropy": open_ * ce,
        "balanced-masked-cross-entropy": WEIGHTS * open_ * ce,
        "margin": open_ * margins(truth),
        "jensen-shannon": divergences(truth),
        "segpgd": np.where(open_, 1 - share, share) * ce,
        "cospgd": (1 - cos if targeted else cos) * ce,
        "region-dice": region_losses(truth),
    }[name]
    return -voxels.mean() if targeted else voxels.mean()


def value(name, **settings):
    return made(name)(*tensors(), **settings)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("progress", [0, 0.25, 0.975])
@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "dice"])
def test_value_is_that_of_the_formula(name, targeted, progress):
    found = value(name, targeted=targeted, progress=progress)
    assert found.shape == (1,)
    assert found.item() == pytest.approx(expected(name, targeted=targeted, progress=progress))


@pytest.mark.parametrize("targeted", [False, True])
def test_dice_is_the_studys_loss_with_a_sign(targeted):
    logits, truth = tensors()
    p = softmax(LOGITS, -1)
    scores = []
    for k in range(3):
        own = truth.numpy()[0, 0] == k
        overlap, sizes = (p[..., k] * own).sum(), p[..., k].sum() + own.sum()
        scores.append((2 * overlap + 1e-5) / (sizes + 1e-5))
    wanted = 1 - np.mean(scores)
    assert Dice()(logits, truth, targeted=targeted).item() == pytest.approx(
        -wanted if targeted else wanted
    )
    other = DiceLoss(squared=True, include_background=False)
    probabilities = torch.tensor(p).movedim(-1, 0)[None, :, None]
    one_hot = torch.eye(3)[truth].movedim(-1, 1)
    assert torch.equal(Dice(other)(logits, truth), other(probabilities, one_hot))


def test_numbers_worked_by_hand():
    """One voxel, two classes, logits log 3 and 0: probabilities 3/4 and 1/4."""
    logits, right, wrong = (
        torch.tensor([[log(3), 0.0]]).view(1, 2, 1, 1, 1).double(),
        torch.zeros(1, 1, 1, 1, dtype=torch.long),
        torch.ones(1, 1, 1, 1, dtype=torch.long),
    )
    assert CrossEntropy()(logits, right).item() == pytest.approx(log(4 / 3))
    assert CrossEntropy()(logits, wrong).item() == pytest.approx(log(4))
    assert MaskedCrossEntropy()(logits, wrong).item() == 0
    assert MaskedCrossEntropy()(logits, wrong, targeted=True).item() == pytest.approx(-log(4))
    assert Margin()(logits, right).item() == pytest.approx(-log(3))
    assert Margin()(logits, wrong).item() == 0
    assert Margin()(logits, wrong, targeted=True).item() == pytest.approx(-log(3))
    # cos of (3/4, 1/4) and (1, 0) is 3 / sqrt(10).
    assert CosPGD()(logits, right).item() == pytest.approx(3 / 10**0.5 * log(4 / 3))
    assert SegPGD()(logits, right, progress=0.5).item() == pytest.approx(0.75 * log(4 / 3))
    assert SegPGD()(logits, wrong, progress=0.5).item() == pytest.approx(0.25 * log(4))
    # JS of (3/4, 1/4) and (1, 0), whose mean is (7/8, 1/8).
    js = (3 / 4 * log(6 / 7) + 1 / 4 * log(2) + log(8 / 7)) / 2
    assert JensenShannon()(logits, right).item() == pytest.approx(js)


def test_region_dice_worked_by_hand():
    """Two voxels, three classes; regions {1, 2} and {2}; truth 1 and 0."""
    p = torch.tensor([[1 / 2, 1 / 4, 1 / 4], [1 / 4, 1 / 4, 1 / 2]]).double()
    logits, truth = p.log().T.reshape(1, 3, 1, 1, 2), torch.tensor([1, 0]).view(1, 1, 1, 2)
    # {1, 2}: overlap 1/2, predicted 5/4, true 1. {2}: overlap 0, predicted 3/4, none true.
    wanted = 1 - ((1 + 1e-5) / (9 / 4 + 1e-5) + 1e-5 / (3 / 4 + 1e-5)) / 2
    assert RegionDice(REGIONS)(logits, truth).item() == pytest.approx(wanted)
    assert RegionDice(REGIONS)(logits, truth, targeted=True).item() == pytest.approx(-wanted)


def test_region_dice_of_hard_predictions_is_one_minus_the_measured_dice():
    truth, prediction = torch.randint(0, 4, (2, 3, 6, 6, 6)).unbind()
    regions = tuple(BRATS.regions.values())
    measured = torch.stack([dice(prediction, truth, region) for region in regions]).mean(0)
    logits = 100 * one_hot(prediction, 4)
    torch.testing.assert_close(
        RegionDice(regions)(logits, truth).double(), 1 - measured.double(), atol=1e-5, rtol=0
    )


def test_gradient_of_region_dice_agrees_with_finite_differences():
    logits = torch.randn(2, 4, 2, 3, 2).double().requires_grad_()
    truth = torch.randint(0, 4, (2, 2, 3, 2))
    objective = RegionDice(tuple(BRATS.regions.values()))
    assert torch.autograd.gradcheck(lambda z: objective(z, truth), logits)


def test_a_region_of_a_class_that_the_model_lacks_is_refused():
    with pytest.raises(InputError, match="class 3 of a region, and the model has 3 classes"):
        RegionDice(((1, 3),))(*tensors())


def test_jensen_shannon_is_between_nothing_and_log_2_however_large_the_logits():
    truth = torch.zeros(1, 1, 1, 1, dtype=torch.long)
    for size in (1e2, 1e4, 1e6):
        logits = torch.tensor([[size, 0.0]]).view(1, 2, 1, 1, 1).requires_grad_()
        right, wrong = JensenShannon()(logits, truth), JensenShannon()(logits, 1 - truth)
        assert right.item() == pytest.approx(0, abs=1e-6)
        assert wrong.item() == pytest.approx(log(2), rel=1e-6)
        (gradient,) = torch.autograd.grad((right + wrong).sum(), logits)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_cases_do_not_mix(name):
    objective = made(name)
    logits, truth = torch.randn(3, 4, 3, 3, 3), torch.randint(0, 4, (3, 3, 3, 3))
    together = objective(logits, truth, progress=0.3)
    alone = [objective(logits[n : n + 1], truth[n : n + 1], progress=0.3) for n in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_step_along_the_gradient_of_the_logits_helps_the_attacker(name, targeted):
    """Untargeted the probability of the target falls, targeted it rises, wherever it is open."""
    logits, truth = torch.randn(1, 4, 4, 4, 4).requires_grad_(), torch.randint(0, 4, (1, 4, 4, 4))
    objective = made(name)
    (gradient,) = torch.autograd.grad(objective(logits, truth, targeted=targeted).sum(), logits)
    change = gradient.gather(1, truth[:, None]).squeeze(1)
    change = change if targeted else -change
    open_ = not_yet_fooled(logits, truth, targeted=targeted)
    assert (change[open_] > 0).all()
    assert (change >= 0).all()
    if "masked" in name or name in ("margin", "segpgd"):
        # At the start of an attack SegPGD too looks at open voxels alone.
        assert (change[~open_] == 0).all()


def test_cospgd_weighs_every_voxel_by_itself():
    """The gradient of the cross-entropy times a weight per voxel, not one scalar for all."""
    logits, truth = tensors()
    variable = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(CosPGD()(variable, truth).sum(), variable)
    p, one_hot = softmax(LOGITS, -1), np.eye(3)[TRUTH]
    by_hand = cosines()[..., None] * (p - one_hot) / 4
    np.testing.assert_allclose(gradient[0, :, 0].movedim(0, -1).numpy(), by_hand)
    ratios = gradient[0, :, 0].movedim(0, -1).numpy() / (p - one_hot)
    assert np.ptp(ratios.mean(-1)) > 0.05


@pytest.mark.parametrize("iterations", [1, 4, 40])
def test_segpgd_goes_from_open_voxels_towards_all(iterations):
    """λ of step t of T is (t - 1) / (2 T): 0 at first, never 1/2."""
    ce = cross_entropies()
    for t in range(1, iterations + 1):
        share = (t - 1) / (2 * iterations)
        wanted = ((1 - share) * ce[HIT].sum() + share * ce[~HIT].sum()) / 4
        assert value("segpgd", progress=(t - 1) / iterations).item() == pytest.approx(wanted)


def test_class_weights_give_every_class_of_a_case_the_same_total():
    target = torch.zeros(2, 4, 4, 4, dtype=torch.long)
    target[0, 0, 0, 0], target[0, 1:3] = 3, 1
    weights = class_weights(target, 4)
    assert weights.shape == target.shape
    torch.testing.assert_close(weights.flatten(1).mean(1), torch.ones(2))
    totals = [weights[0][target[0] == k].sum().item() for k in (0, 1, 3)]
    assert totals == pytest.approx([64 / 3] * 3)
    assert (weights[1] == 1).all()


def test_images_are_compared_by_losses_that_do_not_drop_lost_voxels():
    assert comparable(MaskedCrossEntropy()) == CrossEntropy()
    assert comparable(BalancedMaskedCrossEntropy()) == CrossEntropy(balanced=True)
    assert comparable(SegPGD()) == comparable(CosPGD()) == CrossEntropy()
    for objective in (
        Dice(),
        RegionDice(REGIONS),
        BalancedCrossEntropy(),
        Margin(),
        JensenShannon(),
    ):
        assert comparable(objective) is objective


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_images_are_compared_by_rises_while_a_voxel_is_lost(name):
    truth = torch.zeros(1, 1, 1, 1, dtype=torch.long)
    margins = torch.linspace(-6, 6, 25)
    objective = comparable(made(name, regions=((1,),)))
    values = torch.stack(
        [objective(torch.tensor([[0.0, m]]).view(1, 2, 1, 1, 1), truth)[0] for m in margins]
    )
    assert (values.diff() >= 0).all()
    assert values[-1] > values[0]
