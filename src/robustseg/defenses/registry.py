"""Defences by the names of the configuration. Add a defence here."""

from dataclasses import dataclass, fields
from typing import Any

from robustseg.lazy import resolve


@dataclass(frozen=True, kw_only=True)
class DefenseEntry:
    """Where a defence is and what it takes.

    Attributes:
        build: ``"module:class"``, an `Undefended` or a subclass of it.
        parameters: keys that a model with this defence must have in the configuration.
    """

    build: str
    parameters: tuple[str, ...] = ()


DEFENSES = {
    "undefended": DefenseEntry(build="robustseg.defenses.undefended:Undefended"),
    "noise": DefenseEntry(build="robustseg.defenses.noise:Noise", parameters=("radius",)),
    "adversarial": DefenseEntry(
        build="robustseg.defenses.adversarial:Adversarial", parameters=("epsilon",)
    ),
    "distillation": DefenseEntry(
        build="robustseg.defenses.distillation:Distillation", parameters=("teacher",)
    ),
}


def build_defense(defense: str, **available: Any) -> Any:
    """Build ``defense`` from those of the ``available`` values that it declares."""
    kind = resolve(DEFENSES[defense].build)
    declared = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in available.items() if key in declared})
