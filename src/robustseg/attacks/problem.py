"""What every searching attack is given, and the best that it has found so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor, nn

from robustseg.attacks.request import Request
from robustseg.models.output import logits_of
from robustseg.runtime.errors import InputError
from robustseg.runtime.lazy import resolve
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.gradient import Slope, slope
from robustseg.threat.inputs import check_classes, check_inputs, ordinary
from robustseg.threat.objectives import Dice, Objective, RegionDice, comparable
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.scale import median_gap
from robustseg.threat.threat_model import ThreatModel

Criterion = Callable[[Tensor], Tensor]
"""Class indices ``(N, D, H, W)`` to ``(N,)``, larger for a worse segmentation."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Find, within the threat model, the volume with the worst segmentation.

    Attributes:
        model: maps ``(N, C, D, H, W)`` to logits ``(N, classes, D, H, W)``, in evaluation mode.
        image: clean float32 volumes ``(N, C, D, H, W)``, of any intensity range.
        target: the truth, or with ``targeted`` the segmentation wanted; indices ``(N, D, H, W)``.
        epsilon: radius as a fraction of the threat model's peak, >= 0.
        threat_model: reference of epsilon, clipping range, support.
        objective: what the gradient is taken of.
        scale: divisor of the logits in the objective: a number, or one a case ``(N, 1, 1, 1, 1)``.
        targeted: approach ``target`` instead of leaving it.
        criterion: what "worst" means when iterates are compared; `rank` where None.
        seeds: one a case, for attacks that draw; a case's draws do not depend on its batch.

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
        return self.objective(scaled, self.target, targeted=self.targeted, progress=progress)

    def slope(self, adversarial: Tensor, progress: float = 0) -> Slope:
        """Differentiate the objective at ``adversarial``."""
        return slope(
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
        """Return what iterates are compared by: the objective's `comparable` form, ``(N,)``."""
        return comparable(self.objective)(logits / self.scale, self.target, targeted=self.targeted)

    def success(self, logits: Tensor) -> Tensor:
        """Return how bad the segmentation by ``logits`` is, ``(N,)``."""
        if self.criterion is None:
            return self.rank(logits)
        return self.criterion(logits.argmax(1)).to(self.image.device)

    def project(self, adversarial: Tensor, *, factor: float = 1) -> Tensor:
        """Return the nearest point of the threat model with the radius ``factor * epsilon``."""
        return self.threat_model.project(adversarial, self.image, epsilon=factor * self.epsilon)

    def draw(self, draw: Callable[..., Tensor], *names: int) -> Tensor:
        """Return ``draw(shape, generator=...)`` of every case, from its seed and ``names``.

        Raises:
            InputError: there is not one seed a case.
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
        uniform = 2 * self.draw(torch.rand, restart) - 1
        change = self.threat_model.restrict(uniform, self.image)
        return self.project(
            self.threat_model.step(self.image, change, self.image, size=self.epsilon)
        )


class Best:
    """The worst volume of each case among those offered, the clean one to begin with."""

    def __init__(self, problem: Problem) -> None:
        """Begin with the clean volumes."""
        self.problem = problem
        self.adversarial = problem.image.clone()
        self.success = problem.success(problem.logits(problem.image))

    def offer(self, adversarial: Tensor, logits: Tensor | None = None) -> Tensor:
        """Keep the volumes that are worse than what is kept; return which, boolean ``(N,)``."""
        logits = self.problem.logits(adversarial) if logits is None else logits
        success = self.problem.success(logits)
        better = success > self.success
        self.success = torch.where(better, success, self.success)
        chosen = better.view(-1, 1, 1, 1, 1)
        self.adversarial = torch.where(chosen, adversarial.detach(), self.adversarial)
        return better


def objective_of(request: Request, name: str) -> Objective:
    """Return the objective of this name, with the study's loss or the cohort's regions in it."""
    if name == "dice":
        return Dice(request.loss)
    if name == "region-dice":
        return RegionDice(tuple(map(tuple, request.cohort.regions.values())))
    objective: Objective = resolve(OBJECTIVES[name])()
    return objective


def pose(request: Request) -> Problem:
    """Turn the request of an evaluation into the problem, by the attack's parameters.

    ``loss`` names the objective (default: the study's own loss), ``scale`` the divisor of the
    logits, ``target_class`` what every voxel is to become (default: untargeted).
    """
    parameters, name = request.parameters, request.parameters.get("loss", "dice")
    scale: float | Tensor | str = parameters.get("scale", 1.0)
    if scale == "gap":
        with torch.no_grad():
            scale = median_gap(logits_of(request.model, request.image))
    target_class = parameters.get("target_class")
    wanted = request.labels
    if target_class is not None:
        wanted = torch.full_like(request.labels, target_class)
    return Problem(
        model=request.model,
        image=request.image,
        target=wanted,
        epsilon=request.epsilon,
        threat_model=request.threat_model,
        objective=objective_of(request, name),
        scale=scale,  # type: ignore[arg-type]
        targeted=target_class is not None,
        criterion=request.criterion if target_class is None else None,
        seeds=tuple(request.seeds),
    )
