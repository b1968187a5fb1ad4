"""Convergence of the attack."""

from typing import Any

import torch
from torch import Tensor

from robustseg.attacks.pgd import pgd
from robustseg.diagnostics.saturation import ordinary_scale
from robustseg.diagnostics.subject import Subject, mean

STEPS = 10
FULL_RANGE = (0.5, 2.0)


def iteration_curve(subject: Subject, *, iterations: int) -> dict[str, Any]:
    """Run PGD and test whether twice the iterations lower the Dice further.

    The logits are divided by their median gap, and the step size is epsilon / 10. In the
    *doubling test* (Carlini et al. 2019), an attack has converged if the second half of its
    iterations does not lower the Dice coefficient.

    Returns:
        ``iterations`` and ``dice``: at 1, 2, 4, ... and all iterations the mean Dice over
        regions and cases of the worst iterate so far; ``gain``: the Dice lost in the second half.
    """
    found: list[Tensor] = []

    # Called twice on the clean volumes, then on every iterate; it needs no further forward pass.
    def criterion(prediction: Tensor) -> Tensor:
        found.append(subject.regions(prediction).mean(1))
        return -found[-1]

    problem = subject.problem(scale=subject.gap(), criterion=criterion)
    pgd(problem, relative_step=0.1, iterations=iterations)
    curve = torch.stack(found).cummin(0).values.mean(1).tolist()[2:]
    marks = [2**power for power in range(20) if 2**power < iterations] + [iterations]
    return {
        "iterations": marks,
        "dice": [curve[mark - 1] for mark in marks],
        "gain": curve[iterations // 2 - 1] - curve[-1],
    }


def restarts(subject: Subject, *, count: int = 2) -> dict[str, float]:
    """Compare ``count`` descents from random points with one descent as long as all of them.

    On a smooth loss both are about equally strong. If restarts are far stronger, the single descent
    was stuck, which is a sign of a rugged or masked loss.

    Returns:
        Mean Dice over regions and cases: ``long``, ``restarted``.
    """
    problem = subject.problem(scale=subject.gap())
    settings = {"long": (count * STEPS, 1), "restarted": (STEPS, count)}
    found = {}
    for name, (iterations, number) in settings.items():
        volumes = pgd(problem, relative_step=0.25, iterations=iterations, restarts=number)
        found[name] = mean(subject.dice(volumes))
    return found


def one_step(subject: Subject) -> dict[str, float]:
    """Compare FGSM with ten steps on the same loss and ball, which should be stronger.

    If one step is stronger, the gradient near the clean volume misleads, due to gradient masking or
    the catastrophic overfitting of single-step training (Athalye et al. 2018, Wong et al. 2020).
    ``ordinary`` is ten steps on logits divided as in `logit_scale`. These are stronger only if the
    size of the logits stopped the attack.

    Returns:
        Mean Dice over regions and cases: ``clean``, ``fgsm``, ``iterated``, ``ordinary``.
    """
    scales = {"iterated": 1.0, "ordinary": ordinary_scale(subject.gap())}
    volumes = {"clean": subject.image, "fgsm": subject.fgsm()}
    for name, scale in scales.items():
        if name == "ordinary" and bool((torch.as_tensor(scale) == 1).all()):
            volumes[name] = volumes["iterated"]
            continue
        problem = subject.problem(scale=scale)
        volumes[name] = pgd(problem, relative_step=0.25, iterations=STEPS)
    return {name: mean(subject.dice(attacked)) for name, attacked in volumes.items()}


def full_range(subject: Subject) -> dict[str, Any]:
    """Attack with larger epsilons, up to one that allows any image (Carlini et al. 2019).

    An attack that may replace the image must reach the Dice of an image without content, with
    every sequence at its mean. It is PGD of ten steps on the unscaled loss of the study.

    Returns:
        ``epsilons``, ``dice`` (mean over regions and cases), ``constant``: that of the empty image.
    """
    constant = subject.image.mean((2, 3, 4), keepdim=True).expand_as(subject.image)
    reached = []
    for epsilon in FULL_RANGE:
        problem = subject.problem(epsilon=epsilon)
        reached.append(mean(subject.dice(pgd(problem, relative_step=0.25, iterations=STEPS))))
    return {
        "epsilons": list(FULL_RANGE),
        "dice": reached,
        "constant": mean(subject.dice(constant)),
    }
