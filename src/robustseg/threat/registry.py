"""Objectives of attacks by the names of the configuration. Add an objective here."""

from robustseg.errors import InputError
from robustseg.lazy import resolve
from robustseg.threat.gradient import Loss
from robustseg.threat.objectives import Dice, Objective, RegionDice

OBJECTIVES = {
    "dice": "robustseg.threat.objectives:Dice",
    "region-dice": "robustseg.threat.objectives:RegionDice",
    "cross-entropy": "robustseg.threat.objectives:CrossEntropy",
    "balanced-cross-entropy": "robustseg.threat.objectives:BalancedCrossEntropy",
    "masked-cross-entropy": "robustseg.threat.objectives:MaskedCrossEntropy",
    "balanced-masked-cross-entropy": "robustseg.threat.objectives:BalancedMaskedCrossEntropy",
    "margin": "robustseg.threat.objectives:Margin",
    "jensen-shannon": "robustseg.threat.objectives:JensenShannon",
    "segpgd": "robustseg.threat.objectives:SegPGD",
    "cospgd": "robustseg.threat.objectives:CosPGD",
}
"""Name to ``"module:class"``, an `Objective`; "dice" is the study's own loss."""

NEEDS_REGIONS = "region-dice"
"""The objective of the regions that are measured; SEA, which is given none, cannot take it."""

SCALES = ("temperature", "gap")
"""Divisors of the logits that are not numbers: see `robustseg.threat.scale`."""


def build_objective(
    name: str, *, loss: Loss | None = None, regions: tuple[tuple[int, ...], ...] = ()
) -> Objective:
    """Return the objective called ``name``.

    Args:
        name: one of `OBJECTIVES`.
        loss: the study's own, of "dice"; by default the networks' soft Dice loss.
        regions: the class indices of each region that is measured, for "region-dice".

    Raises:
        InputError: there are no regions for "region-dice".
    """
    if name == "dice" and loss is not None:
        return Dice(loss)
    if name == NEEDS_REGIONS:
        if not regions:
            raise InputError(f"objective {name}: has no regions; give their class indices")
        return RegionDice(regions)
    objective: Objective = resolve(OBJECTIVES[name])()
    return objective
