"""Attacks by the names of the configuration. Add an attack here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AttackEntry:
    """Where an attack is and what it takes.

    Attributes:
        attack: ``"module:function"``; the function takes a `Problem` and the parameters as keyword
            arguments, and returns the attacked volumes.
        parameters: keys that the configuration must give.
        optional: keys that it may give.
        iterative: the function takes ``on_iterate``, and its iterates are measured.
    """

    attack: str
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    iterative: bool = False


PROBLEM = ("loss", "scale", "target_class")
"""Keys of the problem, which are not arguments of the function."""

ATTACKS = {
    "fgsm": AttackEntry(attack="robustseg.attacks.fgsm:fgsm", optional=PROBLEM),
    "i-fgsm": AttackEntry(
        attack="robustseg.attacks.iterative:i_fgsm",
        parameters=("step_size", "iterations"),
        iterative=True,
    ),
    "ti-fgsm": AttackEntry(
        attack="robustseg.attacks.iterative:ti_fgsm",
        parameters=("step_size", "iterations", "target_class"),
        iterative=True,
    ),
    "pgd": AttackEntry(
        attack="robustseg.attacks.pgd:pgd",
        parameters=("relative_step", "iterations"),
        optional=(*PROBLEM, "restarts", "momentum"),
    ),
    "apgd": AttackEntry(
        attack="robustseg.attacks.apgd:apgd", parameters=("iterations",), optional=PROBLEM
    ),
    "sea": AttackEntry(
        attack="robustseg.attacks.apgd:sea",
        parameters=("iterations",),
        optional=("scale", "target_class", "losses"),
    ),
    "square": AttackEntry(
        attack="robustseg.attacks.square:square", parameters=("queries",), optional=PROBLEM
    ),
    "random-signs": AttackEntry(
        attack="robustseg.attacks.random_noise:random_signs", optional=("draws",)
    ),
    "random-uniform": AttackEntry(
        attack="robustseg.attacks.random_noise:random_uniform", optional=("draws",)
    ),
    "flipped-fgsm": AttackEntry(attack="robustseg.attacks.fgsm:flipped_fgsm", optional=PROBLEM),
}
