"""Defenses by the names of the configuration. Add a defense here."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DefenseEntry:
    """Where a defense is and what it takes.

    Attributes:
        build: ``"module:class"``, an `Undefended` or a subclass of it.
        parameters: keys that a model with this defense must have in the configuration.
        optional: keys that it may have.
        named_by: the parameter whose value ends the model's name, as in ``distillation-20``.
        passes: forward and backward passes per batch, rounded up.
    """

    build: str
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    named_by: str | None = None
    passes: int = 1


DEFENSES = {
    "undefended": DefenseEntry(build="robustseg.defenses.undefended:Undefended"),
    "noise": DefenseEntry(
        build="robustseg.defenses.noise:Noise",
        parameters=("radius",),
        named_by="radius",
        passes=2,
    ),
    "adversarial": DefenseEntry(
        build="robustseg.defenses.adversarial:Adversarial",
        parameters=("epsilon",),
        named_by="epsilon",
        passes=3,
    ),
    "pgd": DefenseEntry(
        build="robustseg.defenses.pgd:PGD",
        parameters=("epsilon", "steps", "relative_step"),
        optional=("random_start",),
        named_by="epsilon",
    ),
    "distillation": DefenseEntry(
        build="robustseg.defenses.distillation:Distillation",
        parameters=("temperature", "teacher"),
        named_by="temperature",
        passes=2,
    ),
}
