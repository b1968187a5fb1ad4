"""Attacks by the names of the configuration. Add an attack here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AttackEntry:
    """Where an attack is and what it takes.

    Attributes:
        craft: ``"module:function"``; the function takes a `Request`, returns attacked volumes.
        parameters: keys that the configuration must give.
        iterative: it has iterates to measure.
        one_step: its direction does not depend on epsilon and is shared by all of them.
    """

    craft: str
    parameters: tuple[str, ...] = ()
    iterative: bool = False
    one_step: bool = False


ATTACKS = {
    "fgsm": AttackEntry(craft="robustseg.attacks.fgsm:craft", one_step=True),
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
    "random-signs": AttackEntry(craft="robustseg.attacks.random_signs:craft"),
}
