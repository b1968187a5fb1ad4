"""The problem that every attack solves, and the best result of a search."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.signed_steps import signed_steps
from robustseg.models.output import logits_of
from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.gradient import ValueAndGradient, value_and_gradient
from robustseg.threat.inputs import check_classes, check_inputs, ordinary
from robustseg.threat.objectives import Dice, Objective, comparable
from robustseg.threat.threat_model import ThreatModel

Criterion = Callable[[Tensor], Tensor]
"""Class indices ``(N, D, H, W)`` to ``(N,)``, larger for a worse segmentation."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Find, within the threat model, the volume with the worst segmentation.

    Attributes:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``, of any intensity range.
        target: the truth, or with ``targeted`` the wanted segmentation; indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        threat_model: reference of epsilon, clipping range, support.
        objective: the function that is differentiated.
        scale: divisor of the logits in the objective: a number, or one per case
            ``(N, 1, 1, 1, 1)``.
        targeted: approach ``target`` instead of leaving it.
        criterion: what "worst" means when iterates are compared; `rank` where None.
        seeds: one per case, for random attacks; a case's draws do not depend on its batch.

    Raises:
        InputError: the target is not class indices, or epsilon is not in [0, 2].
    """

    model: nn.Module
    image: Tensor
    target: Tensor
    epsilon: float
    threat_model: ThreatModel = ThreatModel()
    objective: Objective = field(default_factory=Dice)
    scale: float | Tensor = 1.0
    targeted: bool = False
    criterion: Criterion | None = None
    seeds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the arguments; tensors of inference mode become ordinary ones."""
        check_inputs(self.model, self.image, self.target, epsilon=self.epsilon)
        for name in ("image", "target", "scale"):
            if isinstance(given := getattr(self, name), Tensor):
                object.__setattr__(self, name, ordinary(given))

    def value(self, logits: Tensor, progress: float = 0) -> Tensor:
        """Return the objective of each case, ``(N,)``."""
        scaled = logits / self.scale
        values = self.objective(scaled, self.target, targeted=self.targeted, progress=progress)
        if values.shape != (len(logits),):
            raise InputError(
                f"the objective returns the shape {tuple(values.shape)}, not ({len(logits)},); "
                "return a value for every case"
            )
        return values

    def value_and_gradient(self, adversarial: Tensor, progress: float = 0) -> ValueAndGradient:
        """Differentiate the objective at ``adversarial``."""
        return value_and_gradient(
            self.model,
            adversarial,
            lambda logits: self.value(logits, progress),
            classes=self.classes,
        )

    @cached_property
    def classes(self) -> int:
        """Return the least number of classes that the target needs."""
        return int(self.target.max()) + 1

    @torch.no_grad()
    def logits(self, adversarial: Tensor) -> Tensor:
        """Return the model's logits, as `logits_of`, of every class that the target needs."""
        logits = logits_of(self.model, adversarial)
        check_classes(self.classes - 1, logits)
        return logits

    def rank(self, logits: Tensor) -> Tensor:
        """Return the values that compare iterates: the objective's `comparable` form, ``(N,)``."""
        return comparable(self.objective)(logits / self.scale, self.target, targeted=self.targeted)

    def badness(self, logits: Tensor) -> Tensor:
        """Return how bad the segmentation by ``logits`` is, ``(N,)``."""
        if self.criterion is None:
            return self.rank(logits)
        return self.criterion(logits.argmax(1)).to(self.image.device)

    def project(self, adversarial: Tensor, *, factor: float = 1) -> Tensor:
        """Return the nearest point of the threat model with the radius ``factor * epsilon``."""
        return self.threat_model.project(adversarial, self.image, epsilon=factor * self.epsilon)

    def steps(self, **settings: Any) -> Tensor:
        """Return the result of `signed_steps`; ``settings`` are its other arguments."""
        return signed_steps(
            self.value_and_gradient,
            self.image,
            epsilon=self.epsilon,
            threat_model=self.threat_model,
            **settings,
        )

    def moved(self, change: Tensor) -> Tensor:
        """Return ``X + epsilon * change`` within the threat model."""
        return self.threat_model.moved(self.image, change, epsilon=self.epsilon)

    def draw(self, draw: Callable[..., Tensor], *names: int) -> Tensor:
        """Return ``draw(shape, generator=...)`` of every case, from its seed and ``names``.

        Raises:
            InputError: there is not one seed per case.
        """
        if len(self.seeds) != len(self.image):
            raise InputError(f"an attack that draws needs {len(self.image)} seeds, one a case")
        generators = [
            torch.Generator().manual_seed(derive_seed(seed, *names)) for seed in self.seeds
        ]
        shape = self.image.shape[1:]
        drawn = [draw(shape, generator=generator) for generator in generators]
        return torch.stack(drawn).to(self.image)

    def random_start(self, restart: int) -> Tensor:
        """Return a point drawn uniformly from the ball."""
        return self.moved(2 * self.draw(torch.rand, restart) - 1)


class Best:
    """The worst volume of each case so far, starting with the clean one."""

    def __init__(self, problem: Problem) -> None:
        """Start with the clean volumes."""
        self.problem = problem
        self.adversarial = problem.image.clone()
        self.badness = problem.badness(problem.logits(problem.image))

    def update(self, adversarial: Tensor, logits: Tensor | None = None) -> Tensor:
        """Keep the volumes that are worse than the kept ones; return which, boolean ``(N,)``."""
        logits = self.problem.logits(adversarial) if logits is None else logits
        badness = self.problem.badness(logits)
        better = badness > self.badness
        self.badness = torch.where(better, badness, self.badness)
        chosen = better.view(-1, 1, 1, 1, 1)
        self.adversarial = torch.where(chosen, adversarial.detach(), self.adversarial)
        return better
