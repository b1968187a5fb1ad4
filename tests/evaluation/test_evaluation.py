from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm
from robustseg.attacks.problem import Problem
from robustseg.data.cohort import BRATS
from robustseg.evaluation.evaluation import evaluate, predict
from robustseg.metrics.dice import dice
from robustseg.metrics.image_quality import psnr, rmse, ssim
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError

CASES = ["a", "b"]
QUALITY = ("psnr", "ssim", "rmse")


@pytest.fixture
def problem():
    return Problem(
        model=UNet3D(filters=2, levels=2).eval().requires_grad_(False),
        image=torch.randn(2, 4, 8, 8, 8),
        target=torch.randint(0, 4, (2, 8, 8, 8)),
        epsilon=0.05,
    )


ITERATIVE = partial(i_fgsm, step_size=0.02, iterations=3)


def evaluated_by(problem, attack, cases=CASES, **settings):
    return evaluate(problem, problem.target, cases, attack=attack, cohort=BRATS, **settings)


def test_rows_are_the_metrics_of_every_case(problem):
    evaluated = evaluated_by(problem, fgsm)
    attacked = fgsm(problem)
    assert torch.equal(evaluated.adversarial, attacked)
    assert torch.equal(evaluated.prediction, problem.model(attacked).argmax(1))
    assert evaluated.iterations == []
    assert [row["case"] for row in evaluated.rows] == CASES
    for n, row in enumerate(evaluated.rows):
        for region, classes in BRATS.regions.items():
            expected = dice(evaluated.prediction, problem.target, classes)[n].item()
            assert row[f"dice_{region}"] == expected
        for name, metric in (("psnr", psnr), ("ssim", ssim), ("rmse", rmse)):
            assert row[name] == metric(attacked, problem.image)[n].item()
        assert row["linf"] == pytest.approx(0.05, rel=1e-4)
        assert 0 < row["rmse"] <= 0.05


def test_epsilon_zero_is_the_clean_volume_without_quality(problem):
    def never(problem):
        raise AssertionError("nothing is to be attacked")

    evaluated = evaluated_by(replace(problem, epsilon=0.0), never)
    assert torch.equal(evaluated.adversarial, problem.image)
    assert torch.equal(evaluated.prediction, predict(problem.model, problem.image, classes=4))
    for row in evaluated.rows:
        assert all(row[name] is None for name in (*QUALITY, "linf"))
        assert all(0 <= row[f"dice_{region}"] <= 1 for region in BRATS.regions)


def test_iterates_go_from_the_clean_volume_to_the_final_row(problem):
    evaluated = evaluated_by(problem, ITERATIVE, record_iterations=True)
    iterations = evaluated.iterations
    assert [(row["iteration"], row["case"]) for row in iterations] == [
        (number, case) for number in range(4) for case in CASES
    ]
    clean = evaluated_by(replace(problem, epsilon=0.0), fgsm).rows
    for first, row in zip(iterations[:2], clean, strict=True):
        assert all(first[name] is None for name in QUALITY)
        assert {k: first[k] for k in first if k != "iteration"} == {
            k: row[k] for k in row if k != "linf"
        }
    for last, row in zip(iterations[-2:], evaluated.rows, strict=True):
        assert {k: last[k] for k in last if k != "iteration"} == {
            k: row[k] for k in row if k != "linf"
        }
    distances = [row["rmse"] for row in iterations if row["case"] == "a"][1:]
    assert distances == sorted(distances)


def test_iterates_of_nothing_are_the_clean_volume(problem):
    evaluated = evaluated_by(replace(problem, epsilon=0.0), ITERATIVE, record_iterations=True)
    assert [row["iteration"] for row in evaluated.iterations] == [0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_output_that_is_not_finite_is_an_error_not_class_zero(problem, value):
    class Broken(nn.Module):
        def forward(self, image):
            logits = image.clone()
            logits[1, 2, 3, 3, 3] = value
            return logits

    broken = replace(problem, model=Broken())
    with pytest.raises(InputError, match="not finite"):
        evaluated_by(broken, lambda problem: problem.image)


@pytest.mark.parametrize(
    "kind", [fgsm, ITERATIVE, lambda problem: problem.image], ids=["fgsm", "i-fgsm", "none"]
)
@pytest.mark.parametrize(
    "answer",
    [
        lambda z: z[:, :3],  # a class too few
        lambda z: z[:1],
        lambda z: z[..., :-1],
        lambda z: z.argmax(1),
        lambda z: (z, z),
        lambda z: z[:, :, None],
    ],
)
def test_output_of_another_shape_is_one_clear_line(problem, answer, kind):
    network = problem.model
    broken = replace(problem, model=lambda image: answer(network(image)))
    with pytest.raises(InputError, match=r"the model's output is .*, not .*; correct") as caught:
        evaluated_by(broken, kind)
    assert "\n" not in str(caught.value)


def test_as_many_names_as_cases(problem):
    with pytest.raises(ValueError, match="zip"):
        evaluated_by(problem, fgsm, ["a"])


def test_another_shape_and_a_volume_beyond_the_ball_are_one_line(problem):
    with pytest.raises(InputError, match=r"the attack returns the shape \(2, 4, 8, 8, 7\), not"):
        evaluated_by(problem, lambda problem: problem.image[..., 1:])
    for beyond in (problem.image + 1, problem.image * torch.nan):
        with pytest.raises(InputError, match="leaves the threat model"):
            evaluated_by(problem, lambda problem, beyond=beyond: beyond)
