"""Attacks by the names of the configuration. Add an attack here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AttackEntry:
    """Where an attack is and what it takes.

    Attributes:
        craft: ``"module:function"``; the function takes a `Request`, returns attacked volumes.
        parameters: keys that the configuration must give.
        optional: keys that it may give.
        iterative: it has iterates to measure.
        direct: where its direction is computed, if that is the same for all epsilons: stored
            once a model and shared.
    """

    craft: str
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    iterative: bool = False
    direct: str | None = None


OBJECTIVE = ("loss", "scale", "target_class")
FGSM_DIRECTION = "robustseg.attacks.fgsm:direct"

ATTACKS = {
    "fgsm": AttackEntry(
        craft="robustseg.attacks.fgsm:craft", optional=OBJECTIVE, direct=FGSM_DIRECTION
    ),
    "i-fgsm": AttackEntry(
        craft="robustseg.attacks.iterative:craft",
        parameters=("step_size", "iterations"),
        iterative=True,
    ),
    "ti-fgsm": AttackEntry(
        craft="robustseg.attacks.iterative:craft_targeted",
        parameters=("step_size", "iterations", "target_class"),
        iterative=True,
    ),
    "pgd": AttackEntry(
        craft="robustseg.attacks.pgd:craft",
        parameters=("relative_step", "iterations"),
        optional=(*OBJECTIVE, "restarts", "momentum"),
    ),
    "apgd": AttackEntry(
        craft="robustseg.attacks.apgd:craft", parameters=("iterations",), optional=OBJECTIVE
    ),
    "sea": AttackEntry(
        craft="robustseg.attacks.apgd:craft_sea",
        parameters=("iterations",),
        optional=("scale", "target_class", "losses"),
    ),
    "square": AttackEntry(
        craft="robustseg.attacks.square:craft", parameters=("queries",), optional=OBJECTIVE
    ),
    "random-signs": AttackEntry(
        craft="robustseg.attacks.random_noise:craft_signs", optional=("draws",)
    ),
    "random-uniform": AttackEntry(
        craft="robustseg.attacks.random_noise:craft_uniform", optional=("draws",)
    ),
    "flipped-fgsm": AttackEntry(
        craft="robustseg.attacks.fgsm:craft_flipped", optional=OBJECTIVE, direct=FGSM_DIRECTION
    ),
}
