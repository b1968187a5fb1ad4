"""One model under one attack at one epsilon: one row of scores for every test case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from robustseg.attacks.problem import Problem
from robustseg.data.cohort import Cohort
from robustseg.metrics.dice import dice
from robustseg.metrics.image_quality import psnr, rmse, ssim
from robustseg.models.output import logits_of
from robustseg.runtime.errors import InputError

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The rows of one evaluation, and the arrays of a figure.

    Attributes:
        rows: one per case.
        iterations: one per case and iteration; iteration 0 is the clean volume.
        adversarial: ``(N, C, D, H, W)``.
        prediction: class indices ``(N, D, H, W)`` of the attacked volumes.
    """

    rows: list[Row]
    iterations: list[Row]
    adversarial: Tensor
    prediction: Tensor


@torch.no_grad()
def predict(model: nn.Module, image: Tensor, *, classes: int) -> Tensor:
    """Return the class indices ``(N, D, H, W)`` of the largest logits, of at least ``classes``.

    Raises:
        InputError: the model's output is not finite or has another shape.
    """
    return logits_of(model, image, classes=classes).argmax(1)


def measure(
    prediction: Tensor,
    labels: Tensor,
    adversarial: Tensor,
    image: Tensor,
    *,
    clean: bool,
    regions: Mapping[str, Sequence[int]],
) -> list[Row]:
    """Return Dice of the regions and image quality of every case; quality is None if clean."""
    columns: dict[str, list[float | None]] = {
        f"dice_{region}": dice(prediction, labels, classes).tolist()
        for region, classes in regions.items()
    }
    for name, metric in (("psnr", psnr), ("ssim", ssim), ("rmse", rmse)):
        columns[name] = [None] * len(image) if clean else metric(adversarial, image).tolist()
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def evaluate(
    problem: Problem,
    labels: Tensor,
    cases: Sequence[str],
    *,
    attack: Callable[..., Tensor],
    cohort: Cohort,
    record_iterations: bool = False,
) -> Evaluated:
    """Attack the volumes of ``problem`` and measure the segmentation of the result.

    At epsilon 0 the volumes are unchanged, and the columns of image quality are empty.

    Args:
        problem: model, clean volumes, epsilon and threat model.
        labels: true class indices ``(N, D, H, W)``.
        cases: N names.
        attack: takes the problem, and ``on_iterate`` where iterations are recorded.
        cohort: the cohort of the cases: its classes and regions.
        record_iterations: measure every iterate of an iterative attack too.

    Raises:
        InputError: the model's output is not finite or has another shape, or the attack returns
            another shape or a volume that leaves the threat model.
    """
    model, image = problem.model, problem.image
    classes, regions = len(cohort.classes), cohort.regions
    clean = problem.epsilon == 0
    iterations: list[Row] = []

    def record(iteration: int, iterate: Tensor) -> None:
        prediction = predict(model, iterate, classes=classes)
        measured = measure(
            prediction, labels, iterate, image, clean=iteration == 0, regions=regions
        )
        iterations.extend(
            {"case": case, "iteration": iteration, **values}
            for case, values in zip(cases, measured, strict=True)
        )

    if record_iterations:
        record(0, image)
        attack = partial(attack, on_iterate=record)
    adversarial = image if clean else attack(problem)
    if adversarial.shape != image.shape:
        raise InputError(
            f"the attack returns the shape {tuple(adversarial.shape)}, not {tuple(image.shape)}; "
            "correct the attack"
        )
    problem.threat_model.audit(adversarial, image, epsilon=problem.epsilon)
    prediction = predict(model, adversarial, classes=classes)
    measured = measure(prediction, labels, adversarial, image, clean=clean, regions=regions)
    distances = problem.threat_model.distance(adversarial, image).tolist()
    rows = [
        {"case": case, **values, "linf": None if clean else distance}
        for case, values, distance in zip(cases, measured, distances, strict=True)
    ]
    return Evaluated(
        rows=rows, iterations=iterations, adversarial=adversarial, prediction=prediction
    )
