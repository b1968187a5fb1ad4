"""Controls of an attack: noise, the opposite direction, and attacks without the gradient."""

from typing import Any

import torch

from robustseg.attacks.square import square
from robustseg.diagnostics.subject import Subject, mean

DRAWS = 3
PASSES = 8


def controls(subject: Subject) -> dict[str, float]:
    """Move the volumes as far as FGSM does, but not along its gradient.

    Returns:
        Mean Dice over regions, cases and draws: under ``signs`` and ``uniform`` noise, and along
        the ``flipped`` gradient, which should improve the segmentation.
    """
    problem = subject.problem()
    draws = [2 * problem.draw(torch.rand, number) - 1 for number in range(DRAWS)]

    def average(volumes: list[torch.Tensor]) -> float:
        return mean([mean(subject.dice(subject.along(change))) for change in volumes])

    return {
        "signs": average([draw.sign() for draw in draws]),
        "uniform": average(draws),
        "flipped": mean(subject.dice(subject.along(-subject.direction()))),
    }


def query(subject: Subject, *, queries: int) -> dict[str, float]:
    """Attack without gradients: the Square attack with a budget of ``queries`` forward passes.

    The gradient is an advantage. A white-box attack that is weaker than a small random search does
    not have the true gradient (Athalye et al. 2018).

    Returns:
        Mean Dice over regions and cases: ``square``, ``white_box`` (FGSM), and ``queries``.
    """
    problem = subject.problem(scale=subject.gap())
    return {
        "square": mean(subject.dice(square(problem, queries=queries))),
        "white_box": mean(subject.dice(subject.fgsm())),
        "queries": queries,
    }


def label_leak(subject: Subject) -> dict[str, float]:
    """Run FGSM with the truth, and with the model's clean prediction instead.

    A network trained on one-step attacks can learn to read the truth from the perturbation
    (Kurakin et al. 2017). Its score is then higher on volumes attacked with the truth than on
    volumes attacked without it, or than on clean ones.

    Returns:
        Mean Dice over regions and cases: ``clean``, ``truth``, ``prediction``.
    """
    prediction = subject.logits(subject.image).argmax(1)
    return {
        "clean": mean(subject.dice(subject.image)),
        "truth": mean(subject.dice(subject.fgsm())),
        "prediction": mean(subject.dice(subject.fgsm(target=prediction))),
    }


def stochasticity(subject: Subject) -> dict[str, Any]:
    """Segment the same volumes twice, and attack the expectation if the logits differ.

    The gradient changes from one random pass to the next. The attack therefore uses its mean over
    passes, the expectation over transformation (Athalye et al. 2018).

    Returns:
        ``difference``: largest change of a logit between two passes, in median gaps; ``eot``:
        mean Dice over regions and cases under FGSM along the mean of 8 gradients, None if the
        logits are deterministic.
    """
    first, second = subject.logits(subject.image), subject.logits(subject.image)
    difference = ((first - second).abs() / subject.gap()).max().item()
    if difference == 0:
        return {"difference": 0.0, "eot": None}
    problem = subject.problem(scale=subject.gap())
    gradient = sum(problem.value_and_gradient(subject.image).gradient for _ in range(PASSES))
    direction = subject.threat_model.direction(subject.image, torch.as_tensor(gradient))
    return {"difference": difference, "eot": mean(subject.dice(subject.along(direction)))}
