"""Flags of the logits: too large, squashed, or labels."""

from collections.abc import Iterator

from robustseg.diagnostics.flag import Flag, Measured

SATURATED = 0.5
HIDDEN = 0.1
"""Share of an attack's harm that only a division of the logits reveals."""
COMMON, GATHERED = 0.001, 0.5
"""Spread of the logits' sums relative to their range; share of the logits at its ends."""
GATHERED_ABOVE_ZERO = 0.1
"""The same if no logit is negative, which is unusual for a network."""


def saturated(found: Measured, temperature: float) -> Iterator[Flag]:
    """Flag large logits that hide the gradient from the attack."""
    share, scale, steps = (
        found["saturation"]["saturated"],
        found["logit_scale"],
        found["one_step"],
    )
    by, name = ("T", "temperature") if temperature > 1 else ("its gap / 10", "ordinary")
    evidence = []
    one, harm = (sum(scale[before]) - sum(scale["ordinary"]) for before in ("plain", "clean"))
    if one > HIDDEN * harm > 0:
        shown = scale["regions"].index("wt") if "wt" in scale["regions"] else 0
        whose = "the whole tumor's" if "wt" in scale["regions"] else f"{scale['regions'][0]}'s"
        before, after = scale["plain"][shown], scale[name][shown]
        evidence.append(f"FGSM on z/{by} lowers {whose} Dice from {before:.2f} to {after:.2f}")
    many, harm = (steps[before] - steps["ordinary"] for before in ("iterated", "clean"))
    if many > HIDDEN * harm > 0:
        evidence.append(
            f"ten steps on z/(gap / 10) lower the mean Dice from {steps['iterated']:.2f} to "
            f"{steps['ordinary']:.2f}"
        )
    if share > SATURATED and evidence:
        yield Flag(
            "gradient masking",
            f"{'; '.join(evidence)}; the softmax is saturated in {share:.0%} of the voxels (median "
            f"gap of the logits {found['saturation']['gap_quantiles'][2]:.3g})",
            "Large logits hide the gradient from the attack; dividing them by a constant, which "
            "changes no decision, brings it back.",
        )


def squashed(found: Measured) -> Iterator[Flag]:
    """Flag a softmax, sigmoid or tanh before the logits."""
    output = found["output"]
    if found["saturation"]["hard"]:
        return
    above_zero = output["lowest"] > -COMMON
    at_ends = output["low"] + output["high"]
    if output["sum_spread"] < COMMON and above_zero:
        what, evidence = "softmax", "the logits have the same sum over classes in every voxel"
    elif at_ends > (GATHERED_ABOVE_ZERO if above_zero else GATHERED):
        what, evidence = "sigmoid, tanh or clipping", "the logits are bounded"
    else:
        return
    yield Flag(
        "squashed output",
        f"{evidence}, {at_ends:.0%} of them at an end of their range",
        f"There is a {what} before the logits: where it is flat no attack has a gradient. Take it "
        "off and examine the network without it.",
    )


def hard_output(found: Measured) -> Iterator[Flag]:
    """Flag labels in the place of logits."""
    if found["saturation"]["hard"]:
        gap = found["saturation"]["gap_quantiles"][2]
        yield Flag(
            "hard output",
            f"the two largest logits differ by {gap:.3g} in every voxel",
            "The model gives out labels rather than logits; no loss of them has a gradient.",
        )
