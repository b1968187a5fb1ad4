import pytest
import torch
from torch import nn

from robustseg.attacks.fgsm import craft
from robustseg.attacks.iterative import craft as craft_iterative
from robustseg.attacks.request import Request
from robustseg.data.cohort import BRATS
from robustseg.evaluation.evaluation import evaluate, predict
from robustseg.metrics.dice import dice
from robustseg.metrics.image_quality import psnr, rmse, ssim
from robustseg.models.losses import DiceLoss
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.threat.threat_model import ThreatModel

CASES = ["a", "b"]
QUALITY = ("psnr", "ssim", "rmse")


@pytest.fixture
def request_():
    return Request(
        model=UNet3D(filters=2, levels=2).eval().requires_grad_(False),
        image=torch.randn(2, 4, 8, 8, 8),
        labels=torch.randint(0, 4, (2, 8, 8, 8)),
        epsilon=0.05,
        threat_model=ThreatModel(),
        loss=DiceLoss(),
        cohort=BRATS,
        parameters={"step_size": 0.02, "iterations": 3},
    )


def at(request, epsilon):
    return Request(**{**vars(request), "epsilon": epsilon})


def test_rows_are_the_metrics_of_every_case(request_):
    evaluated = evaluate(request_, CASES, craft=craft)
    attacked = craft(request_)
    assert torch.equal(evaluated.adversarial, attacked)
    assert torch.equal(evaluated.prediction, request_.model(attacked).argmax(1))
    assert evaluated.iterations == []
    assert [row["case"] for row in evaluated.rows] == CASES
    for n, row in enumerate(evaluated.rows):
        for region, classes in BRATS.regions.items():
            expected = dice(evaluated.prediction, request_.labels, classes)[n].item()
            assert row[f"dice_{region}"] == expected
        for name, metric in (("psnr", psnr), ("ssim", ssim), ("rmse", rmse)):
            assert row[name] == metric(attacked, request_.image)[n].item()
        assert row["linf"] == pytest.approx(0.05, rel=1e-4)
        assert 0 < row["rmse"] <= 0.05


def test_epsilon_zero_is_the_clean_volume_without_quality(request_):
    def never(request):
        raise AssertionError("nothing is to be attacked")

    evaluated = evaluate(at(request_, 0.0), CASES, craft=never)
    assert torch.equal(evaluated.adversarial, request_.image)
    assert torch.equal(evaluated.prediction, predict(request_.model, request_.image, classes=4))
    for row in evaluated.rows:
        assert all(row[name] is None for name in (*QUALITY, "linf"))
        assert all(0 <= row[f"dice_{region}"] <= 1 for region in BRATS.regions)


def test_iterates_go_from_the_clean_volume_to_the_final_row(request_):
    evaluated = evaluate(request_, CASES, craft=craft_iterative, record_iterations=True)
    iterations = evaluated.iterations
    assert [(row["iteration"], row["case"]) for row in iterations] == [
        (number, case) for number in range(4) for case in CASES
    ]
    clean = evaluate(at(request_, 0.0), CASES, craft=craft).rows
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


def test_iterates_of_nothing_are_the_clean_volume(request_):
    evaluated = evaluate(at(request_, 0.0), CASES, craft=craft_iterative, record_iterations=True)
    assert [row["iteration"] for row in evaluated.iterations] == [0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_output_that_is_not_finite_is_an_error_not_class_zero(request_, value):
    class Broken(nn.Module):
        def forward(self, image):
            logits = image.clone()
            logits[1, 2, 3, 3, 3] = value
            return logits

    broken = Request(**{**vars(request_), "model": Broken()})
    with pytest.raises(InputError, match="not finite"):
        evaluate(broken, CASES, craft=lambda request: request.image)


@pytest.mark.parametrize(
    "kind", [craft, craft_iterative, lambda request: request.image], ids=["fgsm", "i-fgsm", "none"]
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
def test_output_of_another_shape_is_one_clear_line(request_, answer, kind):
    network = request_.model
    broken = Request(**{**vars(request_), "model": lambda image: answer(network(image))})
    with pytest.raises(InputError, match=r"the model's output is .*, not .*; correct") as caught:
        evaluate(broken, CASES, craft=kind)
    assert "\n" not in str(caught.value)


def test_as_many_names_as_cases(request_):
    with pytest.raises(ValueError, match="zip"):
        evaluate(request_, ["a"], craft=craft)
