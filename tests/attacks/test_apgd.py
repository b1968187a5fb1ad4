"""Auto-PGD against the pseudo-code of its paper, written out for one case; SEA's schedule."""

from math import ceil

import pytest
import torch
from torch import nn
from torch.nn import functional

from robustseg.attacks import apgd as module
from robustseg.attacks.apgd import SEA_LOSSES, apgd, checkpoints, sea
from robustseg.attacks.problem import Problem
from robustseg.threat.objectives import CrossEntropy, MaskedCrossEntropy
from robustseg.threat.threat_model import ThreatModel

EPSILON = 0.1


@pytest.fixture
def network():
    """Small and crooked, in float64, where rounding turns no sign."""
    layers = nn.Conv3d(2, 6, 3, padding=1), nn.Tanh(), nn.Conv3d(6, 3, 3, padding=1)
    network = nn.Sequential(*layers).double().eval().requires_grad_(False)
    for layer in (network[0], network[2]):
        layer.weight.mul_(8)
    return network


def task(network, *, cases=1, epsilon=EPSILON, **settings):
    generator = torch.Generator().manual_seed(2)
    return Problem(
        model=network,
        image=torch.randn(3, 2, 4, 4, 4, generator=generator)[:cases].double(),
        target=torch.randint(0, 3, (3, 4, 4, 4), generator=generator)[:cases],
        epsilon=epsilon,
        threat_model=ThreatModel(),
        **{"objective": CrossEntropy(), **settings},
    )


def test_checkpoints_of_a_hundred_iterations_are_autoattacks():
    assert checkpoints(100) == [0, 22, 41, 57, 70, 80, 87, 93, 99]


@pytest.mark.parametrize("iterations", [1, 3, 10, 30, 50, 1000])
def test_checkpoints_are_those_of_the_formula(iterations):
    found = checkpoints(iterations)
    p, before, expected = 0.22, 0.0, [0]
    while p <= 1:
        expected.append(ceil(round(p * iterations, 9)))
        p, before = p + max(p - before - 0.03, 0.06), p
    assert found == expected
    assert found == sorted(found)
    assert found[-1] <= iterations


def by_the_paper(task, iterations):
    """Algorithm 1 of Croce & Hein (2020) for one case, in its symbols; also its halvings."""
    x, target = task.image, task.target
    radius = task.epsilon * x.abs().max()
    low, high = x.min(), x.max()

    def f(point):
        return functional.cross_entropy(task.model(point), target).item()

    def gradient(point):
        point = point.clone().requires_grad_()
        return torch.autograd.grad(functional.cross_entropy(task.model(point), target), point)[0]

    def project(point):
        return torch.max(torch.min(point, x + radius), x - radius).clamp(low, high)

    eta, previous, current, value = 2 * radius, x, x, f(x)
    f_max, x_max, rises, halvings = value, x, [], {1: 0, 2: 0}
    marks, eta_at, f_max_at = checkpoints(iterations), {0: eta}, {0: value}
    for k in range(1, iterations + 1):
        alpha = 0.75 if k > 1 else 1
        z = project(current + eta * gradient(current).sign())
        momentum = (1 - alpha) * (current - previous)
        previous, current = current, project(current + alpha * (z - current) + momentum)
        rises.append(f(current) > value)
        value = f(current)
        if value > f_max:
            f_max, x_max = value, current
        if k in marks:
            last = marks[marks.index(k) - 1]
            eta_at[k], f_max_at[k] = eta, f_max
            condition_1 = sum(rises[last:k]) < 0.75 * (k - last)
            condition_2 = eta_at[last] == eta_at[k] and f_max_at[last] == f_max_at[k]
            if condition_1 or condition_2:
                halvings[1 if condition_1 else 2] += 1
                eta, current, value = eta / 2, x_max, f_max
    return x_max, f_max, halvings


@pytest.mark.parametrize("iterations", [1, 2, 10, 40, 100])
def test_apgd_is_the_algorithm_of_the_paper(network, iterations):
    posed = task(network)
    expected, value, halvings = by_the_paper(posed, iterations)
    found = apgd(posed, iterations=iterations)
    torch.testing.assert_close(found, expected)
    assert posed.rank(posed.logits(found)).item() == pytest.approx(value)
    if iterations == 100:
        assert halvings[1] > 1, "the step was never halved; the test shows nothing"
        # Without halving the result is another.
        assert value > posed.rank(posed.logits(full_steps(posed, iterations))).item()


def full_steps(posed, iterations):
    kept = module.checkpoints
    try:
        module.checkpoints = lambda iterations: [0]
        return apgd(posed, iterations=iterations)
    finally:
        module.checkpoints = kept


def test_cases_have_step_sizes_of_their_own(network):
    together = apgd(task(network, cases=3), iterations=50)
    posed = task(network, cases=3)
    for n in range(3):
        alone = Problem(
            model=network, image=posed.image[n : n + 1], target=posed.target[n : n + 1],
            epsilon=EPSILON, objective=CrossEntropy(),
        )  # fmt: skip
        torch.testing.assert_close(apgd(alone, iterations=50), together[n : n + 1])


def test_a_masked_loss_does_not_lose_its_way(network):
    """Its own value falls with every voxel lost; what is kept must not be the clean volume."""
    posed = task(network, cases=3, objective=MaskedCrossEntropy())
    adversarial = apgd(posed, iterations=30)
    plain, masked = CrossEntropy(), MaskedCrossEntropy()
    before, after = (posed.logits(image) for image in (posed.image, adversarial))
    assert (masked(after, posed.target) < masked(before, posed.target)).all()
    assert (plain(after, posed.target) > plain(before, posed.target)).all()


def test_a_flat_objective_returns_the_clean_volume(network):
    posed = task(lambda image: network(image).detach(), cases=2)
    assert torch.equal(apgd(posed, iterations=10), posed.image)


@pytest.mark.parametrize("iterations", [1, 5, 10, 100])
def test_sea_shrinks_its_ball_and_counts_the_last_alone(network, monkeypatch, iterations):
    calls, descend = [], module._descend

    def noting(problem, start, *, iterations, factor, best):
        found = descend(problem, start, iterations=min(iterations, 3), factor=factor, best=best)
        calls.append((type(problem.objective).__name__, factor, iterations, best, start, found))
        return found

    monkeypatch.setattr(module, "_descend", noting)
    posed = task(network, cases=2)
    adversarial = sea(posed, iterations=iterations)
    posed.threat_model.audit(adversarial, posed.image, epsilon=EPSILON)
    assert [call[1] for call in calls] == [2, 1.5, 1] * len(SEA_LOSSES)
    assert [call[0] for call in calls[::3]] == [
        "JensenShannon", "MaskedCrossEntropy", "BalancedMaskedCrossEntropy",
    ]  # fmt: skip
    if iterations >= 5:
        assert all(sum(call[2] for call in calls[n : n + 3]) == iterations for n in (0, 3, 6))
    assert {call[3] is None for call in calls[::3] + calls[1::3]} == {True}
    assert {call[3] is None for call in calls[2::3]} == {False}
    for first, second in ((0, 1), (1, 2)):
        found, factor = calls[first][5], calls[second][1]
        assert torch.equal(calls[second][4], posed.project(found, factor=factor))
        assert (posed.threat_model.distance(found, posed.image) > 0.9 * EPSILON * factor).all()


def test_sea_is_at_least_as_bad_as_each_of_its_losses(network):
    posed = task(network, cases=3)
    together = posed.rank(posed.logits(sea(posed, iterations=20)))
    for loss in SEA_LOSSES:
        alone = posed.rank(posed.logits(sea(posed, iterations=20, losses=[loss])))
        assert (together >= alone).all()
