"""Objectives of attacks by the names of the configuration. Add an objective here."""

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
"""Name -> ``"module:class"``, an `Objective`. "dice" uses the study's loss, and "region-dice" the
cohort's regions."""
