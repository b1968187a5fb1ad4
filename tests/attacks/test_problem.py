"""What searching attacks share: the best per case, seeds, restarts, targets, batches."""

import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import fgsm, flipped_fgsm
from robustseg.attacks.make_problem import make_objective
from robustseg.attacks.pgd import pgd
from robustseg.attacks.problem import Best, Problem
from robustseg.attacks.random_noise import random_signs, random_uniform
from robustseg.attacks.registry import ATTACKS
from robustseg.data.cohort import BRATS, Cohort
from robustseg.models.losses import DiceLoss
from robustseg.runtime.errors import InputError
from robustseg.threat.objectives import CosPGD, CrossEntropy, Dice, MaskedCrossEntropy, RegionDice
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.threat_model import ThreatModel

from .asked import attacked, posed

PARAMETERS = {"relative_step": 0.5, "iterations": 4, "queries": 25, "step_size": 0.02}
SEARCHES = ("pgd", "apgd", "sea", "square")


class Wavy(nn.Module):
    """Logits with many local optima; a case's do not depend on its batch, not in the last bit."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 2) * 3, requires_grad=False)

    def forward(self, image):
        x, y = image[:, :1], image[:, 1:]
        w = self.weight[None, :, :, None, None, None]
        return (w[:, :, 0] * x + w[:, :, 1] * y * x).sin() * 3 + w[:, :, 0] * 0.1 * y.roll(1, 2)


def request(cases=3, **settings):
    generator = torch.Generator().manual_seed(1)
    model = settings.pop("model", None) or Wavy().eval()
    image = torch.randn(3, 2, 4, 4, 4, generator=generator)[:cases]
    labels = torch.randint(0, 4, (3, 4, 4, 4), generator=generator)[:cases]
    return {
        "model": model,
        "image": image,
        "labels": labels,
        "epsilon": 0.2,
        "threat_model": ThreatModel(),
        "loss": DiceLoss(),
        "seeds": (5, 6, 7)[:cases],
        "cohort": BRATS,
        **settings,
    }


def lost(request):
    """Return a criterion of single cases: the share of voxels that are wrong."""
    return lambda prediction: (prediction != request["labels"]).float().flatten(1).mean(1)


def reached(request, adversarial):
    return lost(request)(request["model"](adversarial).argmax(1))


@pytest.mark.parametrize("name", SEARCHES)
def test_result_is_never_better_segmented_than_the_clean_volume(name):
    asked = request()

    def backwards(prediction):
        """Everything that the objective climbs is a loss by this criterion."""
        return -lost(asked)(prediction)

    for criterion in (lost(asked), backwards):
        found = attacked(name, asked, PARAMETERS, criterion=criterion)
        values = [criterion(asked["model"](image).argmax(1)) for image in (found, asked["image"])]
        assert (values[0] >= values[1]).all()
        if criterion is not backwards:
            assert (values[0] > values[1]).any()


def test_pgd_returns_the_worst_of_its_iterates_not_the_last():
    asked = request()
    task, iterates = posed(asked, criterion=lost(asked)), []
    found = pgd(task, relative_step=0.75, iterations=8)
    task.steps(step_size=0.15, iterations=8, on_iterate=lambda _, iterate: iterates.append(iterate))
    values = torch.stack([reached(asked, iterate) for iterate in [asked["image"], *iterates]])
    assert torch.equal(reached(asked, found), values.amax(0))
    assert (values.amax(0) > values[-1]).any(), "the last is the worst; the test shows nothing"
    for case, row in enumerate(values.argmax(0).tolist()):
        assert torch.equal(found[case], [asked["image"], *iterates][row][case])


@pytest.mark.parametrize("momentum", [0, 1])
def test_more_restarts_never_lower_the_success_and_some_raise_it(momentum):
    asked = request()
    task = posed(asked, criterion=lost(asked))
    values = torch.stack(
        [
            reached(
                asked, pgd(task, relative_step=0.5, iterations=2, restarts=n, momentum=momentum)
            )
            for n in (1, 2, 4, 8)
        ]
    )
    assert (values.diff(dim=0) >= 0).all()
    assert (values[-1] > values[0]).any()


@pytest.mark.parametrize("name", [name for name in ATTACKS if name != "ti-fgsm"])
def test_case_is_attacked_the_same_whatever_its_batch(name):
    asked = request()
    parameters = {**PARAMETERS, "scale": "gap", "restarts": 2, "draws": 3}
    together = attacked(name, asked, parameters)
    for n in range(3):
        part = slice(n, n + 1)
        alone = {**asked, **{key: asked[key][part] for key in ("image", "labels", "seeds")}}
        assert torch.equal(attacked(name, alone, parameters), together[part])


@pytest.mark.parametrize("name", ["pgd", "square", "random-signs", "random-uniform"])
def test_draws_are_those_of_the_seeds(name):
    parameters = {**PARAMETERS, "restarts": 3, "iterations": 2}
    asked = request()
    first = attacked(name, asked, parameters)
    torch.manual_seed(77)
    assert torch.equal(attacked(name, asked, parameters), first)
    assert not torch.equal(attacked(name, asked, parameters, seeds=(8, 9, 10)), first)
    with pytest.raises(InputError, match="an attack that draws needs 3 seeds"):
        attacked(name, asked, parameters, seeds=(5,))


def test_random_starts_are_uniform_in_the_ball_and_differ_by_restart():
    task = Problem(
        model=Wavy(), image=torch.randn(2, 2, 12, 12, 12), target=torch.zeros(2, 12, 12, 12).long(),
        epsilon=0.1, threat_model=ThreatModel(clip="none"), seeds=(1, 2),
    )  # fmt: skip
    first, second = (task.random_start(n) for n in (1, 2))
    relative = (first - task.image) / task.threat_model.peak(task.image) / 0.1
    assert (relative.abs() <= 1 + 1e-5).all()
    assert relative.std().item() == pytest.approx(3**-0.5, rel=0.05)
    assert relative.mean().abs() < 0.05
    assert not torch.equal(first, second)
    assert not torch.equal(relative[0], relative[1])


@pytest.mark.parametrize("noise", [random_signs, random_uniform])
def test_more_draws_of_noise_are_never_less_and_begin_with_the_first(noise):
    asked = request()
    task, values = posed(asked, criterion=lost(asked)), []
    for draws in (1, 4, 16):
        noisy = noise(task, draws=draws)
        task.threat_model.audit(noisy, task.image, epsilon=0.2)
        values.append(reached(asked, noisy))
    values = torch.stack(values)
    # Several draws also keep the clean volume where none is worse.
    assert (values[1:] >= values[0]).all()
    assert (values[2] >= values[1]).all()
    assert (values[2] > values[0]).any()


def test_uniform_noise_is_uniform():
    task = Problem(
        model=Wavy(), image=torch.randn(2, 2, 12, 12, 12), target=torch.zeros(2, 12, 12, 12).long(),
        epsilon=0.2, threat_model=ThreatModel(clip="none"), seeds=(1, 2),
    )  # fmt: skip
    noise = (random_uniform(task) - task.image) / task.threat_model.peak(task.image) / 0.2
    assert (noise.abs() <= 1 + 1e-5).all()
    assert noise.std().item() == pytest.approx(3**-0.5, rel=0.05)
    assert (noise.abs() < 0.5).float().mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", ["fgsm", *SEARCHES])
@pytest.mark.parametrize("loss", ["dice", "cross-entropy", "masked-cross-entropy", "margin"])
def test_targeted_attacks_approach_the_target(name, loss):
    parameters = {**PARAMETERS, "queries": 100, "target_class": 2}
    if name != "sea":
        parameters["loss"] = loss
    # One step is only good for as far as the network is straight.
    asked = request(epsilon=0.01 if name == "fgsm" else 0.2)
    adversarial = attacked(name, asked, parameters, criterion=lost(asked))
    wanted = torch.full_like(asked["labels"], 2)

    def distances(image):
        logits = asked["model"](image)
        missing = (logits.argmax(1) != wanted).float().flatten(1).mean(1)
        return missing, nn.functional.cross_entropy(logits, wanted, reduction="none").mean(
            (1, 2, 3)
        )

    (missing, far), (missing_clean, far_clean) = distances(adversarial), distances(asked["image"])
    assert (far < far_clean).all()
    if name in ("pgd", "apgd", "sea"):
        assert (missing < missing_clean).all()
    asked["threat_model"].audit(adversarial, asked["image"], epsilon=asked["epsilon"])


def test_targeted_search_does_not_compare_by_the_distance_to_the_truth():
    assert posed(request(), {"target_class": 1}).criterion is None
    assert posed(request()).criterion is not None


def test_flipped_fgsm_goes_the_other_way():
    task = posed(request(epsilon=0.005))
    forward, backward = fgsm(task), flipped_fgsm(task)
    moved = (forward - task.image).sign()
    free = (forward - task.image).abs() * (backward - task.image).abs() > 0
    assert free.float().mean() > 0.9
    assert torch.equal(moved[free], -(backward - task.image).sign()[free])
    values = [task.rank(task.logits(x)) for x in (backward, task.image, forward)]
    assert (values[0] < values[1]).all()
    assert (values[1] < values[2]).all()


def test_best_keeps_each_cases_worst_and_the_clean_where_nothing_is_worse():
    asked = request()
    best = Best(posed(asked, criterion=lambda p: p[:, 0, 0, 0].float()))
    best.badness = torch.tensor([1.0, 1.0, 1.0])
    logits = torch.zeros(3, 4, 4, 4, 4)
    logits[0, 2], logits[1, 1], logits[2, 0] = 1, 1, 1
    assert best.update(asked["image"] + 1, logits).tolist() == [True, False, False]
    assert torch.equal(best.adversarial[0], asked["image"][0] + 1)
    assert torch.equal(best.adversarial[1:], asked["image"][1:])
    assert best.badness.tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("objective", "rank"),
    [(Dice(), Dice()), (MaskedCrossEntropy(), CrossEntropy()), (CosPGD(), CrossEntropy())],
)
def test_without_a_criterion_iterates_are_compared_by_the_comparable_objective(objective, rank):
    asked = request()
    task = Problem(
        model=asked["model"], image=asked["image"], target=asked["labels"], epsilon=0.1,
        objective=objective, scale=2.0,
    )  # fmt: skip
    logits = task.logits(asked["image"])
    assert torch.equal(task.badness(logits), rank(logits / 2, asked["labels"]))


def test_parameters_choose_objective_and_scale():
    task = posed(request(), {"loss": "cospgd", "scale": 7})
    assert (type(task.objective), task.scale, task.targeted) == (CosPGD, 7, False)
    task = posed(request())
    assert (task.objective, task.scale) == (Dice(DiceLoss()), 1)
    task = posed(request(), {"scale": "gap"})
    assert task.scale.shape == (3, 1, 1, 1, 1)
    assert (task.scale > 0).all()


KNEE = Cohort(
    sequences=("pd", "t2"),
    classes=("background", "bone", "cartilage", "meniscus"),
    labels=(0, 1, 2, 3),
    regions={"joint": (1, 2, 3), "soft": (2, 3)},
)


def test_region_dice_is_of_the_regions_of_the_cohort():
    made = posed(request(cohort=KNEE), {"loss": "region-dice"}).objective
    assert made == RegionDice(((1, 2, 3), (2, 3)))
    assert posed(request(), {"loss": "region-dice"}).objective != made


def test_objectives_know_the_cohort_and_the_studys_loss():
    loss = DiceLoss(squared=True)
    found = [
        make_objective(OBJECTIVES[name], loss=loss, cohort=KNEE) for name in ("region-dice", "dice")
    ]
    assert found == [RegionDice(((1, 2, 3), (2, 3))), Dice(loss)]
