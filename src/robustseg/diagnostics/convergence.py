"""Has the attack done what it can?"""

from typing import Any

import torch
from torch import Tensor

from robustseg.attacks.pgd import pgd
from robustseg.diagnostics.subject import Subject, mean

STEPS = 10
FULL_RANGE = (0.5, 2.0)


def iteration_curve(subject: Subject, *, iterations: int) -> dict[str, Any]:
    """Follow PGD and see whether twice the iterations find worse.

    Logits divided by their median gap, steps of epsilon / 10. The *doubling test* (Carlini et al.
    2019): an attack has converged when the second half of its iterations lowers the Dice
    coefficient no further.

    Returns:
        ``iterations`` and ``dice``: at 1, 2, 4, ... and all iterations the mean Dice over
        regions and cases of the worst iterate so far; ``gain``: what the second half brought.
    """
    problem = subject.problem(scale=subject.gap())
    worst = subject.regions(subject.logits(subject.image).argmax(1)).mean(1)
    curve: list[float] = []

    def record(_: int, iterate: Tensor) -> None:
        nonlocal worst
        here = subject.regions(subject.logits(iterate).argmax(1)).mean(1)
        worst = torch.minimum(worst, here)
        curve.append(worst.mean().item())

    pgd(problem, step_size=0.1 * subject.epsilon, iterations=iterations, on_iterate=record)
    marks = [2**power for power in range(20) if 2**power < iterations] + [iterations]
    return {
        "iterations": marks,
        "dice": [curve[mark - 1] for mark in marks],
        "gain": curve[iterations // 2 - 1] - curve[-1],
    }


def restarts(subject: Subject, *, count: int = 2) -> dict[str, float]:
    """Compare ``count`` descents from random points with one descent as long as all of them.

    On a smooth loss a long descent does about as well. Where restarts do far better, the single
    one was stuck: a sign of a rugged or masked loss.

    Returns:
        Mean Dice over regions and cases: ``long``, ``restarted``.
    """
    problem = subject.problem(scale=subject.gap())
    settings = {"long": (count * STEPS, 1), "restarted": (STEPS, count)}
    found = {}
    for name, (iterations, number) in settings.items():
        volumes = pgd(
            problem, step_size=0.25 * subject.epsilon, iterations=iterations, restarts=number
        )
        found[name] = mean(subject.dice(volumes))
    return found


def one_step(subject: Subject) -> dict[str, float]:
    """Compare FGSM with ten steps on the same loss and ball, which can only be stronger.

    Where one step does better, the gradient near the clean volume misleads: gradient masking, or
    the catastrophic overfitting of single-step training (Athalye et al. 2018, Wong et al. 2020).

    Returns:
        Mean Dice over regions and cases: ``fgsm``, ``iterated``.
    """
    steps = pgd(subject.problem(), step_size=0.25 * subject.epsilon, iterations=STEPS)
    return {"fgsm": mean(subject.dice(subject.fgsm())), "iterated": mean(subject.dice(steps))}


def full_range(subject: Subject) -> dict[str, Any]:
    """Attack with ever larger epsilons, to where any image is allowed (Carlini et al. 2019).

    An attacker who may replace the image must bring the segmentation down to that of an image
    without content: every sequence at its mean. PGD of ten steps, on the study's loss as it is.

    Returns:
        ``epsilons``, ``dice`` (mean over regions and cases), ``constant``: on the empty image.
    """
    constant = subject.image.mean((2, 3, 4), keepdim=True).expand_as(subject.image)
    reached = []
    for epsilon in FULL_RANGE:
        problem = subject.problem(epsilon=epsilon)
        reached.append(mean(subject.dice(pgd(problem, step_size=0.25 * epsilon, iterations=STEPS))))
    return {
        "epsilons": list(FULL_RANGE),
        "dice": reached,
        "constant": mean(subject.dice(constant)),
    }
