"""From measurements to flags: problems of a model's apparent robustness, with their evidence.

The thresholds are judgments. They are tested on sixteen small networks broken on purpose and on
four sound ones. `TRANSFER_LEAD`, the test of ten divided steps with its share `HIDDEN`, and the
flag of a class that was not learned were settled after the results of the default study, or of one
with another seed, were known. This module does not depend on torch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from robustseg.diagnostics.flag import Flag, Measured
from robustseg.diagnostics.verdict_output import hard_output, saturated, squashed

UNLEARNED = 0.1
"""Dice of a class on clean volumes below which the class counts as not learned."""
ZERO, EFFECT = 0.05, 0.01
COSINE = 0.8
GROWTH = 1.2
"""Growth of the loss over twice the distance: 2 on a plane, 1.6 to 2.1 in the default study."""
LEAD = 0.02
"""Dice by which the weaker attack must be lower to count as a finding."""
TRANSFER_LEAD = 0.1
"""The same for transfer. In the default study adversarial-0.1 differs by 0.04, likely by chance."""
STUCK = 0.05
TRANSFER = "white box loses to transfer"
LEAK = 0.1
FLOOR = 0.05


def flags(
    measured: Measured,
    *,
    own: str = "",
    temperature: float = 1,
    transfer: Mapping[str, float] | None = None,
) -> list[dict[str, str]]:
    """Judge the measurements of a model.

    Args:
        measured: the result of `examination.examine`.
        own: the model's name.
        temperature: the temperature it was trained at.
        transfer: source model -> this model's mean Dice on the volumes made for the source; the
            model itself is one of the sources.

    Returns:
        Flags as dictionaries of ``name``, ``evidence``, ``meaning`` and ``concerns``; empty without
        findings.
    """
    checks: list[Callable[[Measured], Iterator[Flag]]] = [
        _unlearned,
        lambda found: saturated(found, temperature),
        squashed,
        _zero_gradient,
        hard_output,
        _stochastic,
        _shattered,
        _bends,
        _one_step,
        _query,
        lambda _: _transfer(transfer or {}, own),
        _out_of_reach,
        _label_leak,
        _not_converged,
    ]
    return [asdict(flag) for check in checks for flag in check(measured)]


def _unlearned(found: Measured) -> Iterator[Flag]:
    measured = found["segmentation"]
    rows = zip(*(measured[key] for key in ("classes", "dice", "voxels", "predicted")), strict=True)
    missed = [
        f"Dice of class {name} {dice:.2f} on clean volumes ({voxels} voxels, {predicted} predicted)"
        for name, dice, voxels, predicted in rows
        if dice < UNLEARNED
    ]
    if missed:
        yield Flag(
            "class not learned",
            "; ".join(missed),
            "The training was too short or ended in a poor minimum: train it for longer or from "
            "another seed before its robustness is compared with anything.",
        )


def _zero_gradient(found: Measured) -> Iterator[Flag]:
    zero = found["zero_gradient"]
    if zero["float32"] > ZERO and zero["effect"] > EFFECT:
        cause = (
            "rounding in float32" if zero["float64"] < zero["float32"] / 2 else "the model itself"
        )
        yield Flag(
            "zero gradient",
            f"the gradient is exactly zero in {zero['float32']:.0%} of the voxels (float64: "
            f"{zero['float64']:.0%}), and moving those alone has {zero['effect']:.0%} of the "
            "effect of moving all",
            f"Attacks that follow gradients cannot see these voxels; the cause is {cause}.",
        )


def _stochastic(found: Measured) -> Iterator[Flag]:
    stochastic = found["stochasticity"]
    if stochastic["difference"] > 0:
        yield Flag(
            "stochastic",
            f"two passes over the same volumes differ by {stochastic['difference']:.2g} median "
            f"gaps of the logits; Dice {stochastic['eot']:.2f} under FGSM on the mean gradient",
            "The gradient of one random pass is not that of the next; attack the expectation.",
        )


def _shattered(found: Measured) -> Iterator[Flag]:
    cosine = found["finite_differences"]["cosine"]
    if cosine < COSINE:
        yield Flag(
            "misleading gradient",
            f"its cosine with finite differences of the loss is {cosine:.2f}",
            "The gradient does not tell what the loss does: it is shattered, or not of the "
            "function that the model computes.",
        )


def _bends(found: Measured) -> Iterator[Flag]:
    ray = found["ray"]
    if ray["growth"] < GROWTH:
        radii = ", ".join(f"{radius:g}" for radius in ray["radii"])
        rises = ", ".join(f"{rise:.3f}" for rise in ray["rise"])
        yield Flag(
            "loss bends back",
            f"along its gradient at the clean volume the loss rises by {rises} at {radii} of "
            f"epsilon, once by only {ray['growth']:.2f} times as much at twice the distance",
            "The gradient is right at the clean volume and wrong before the end of a step: attacks "
            "of long steps or few end beside the worst case. Take smaller steps and many more.",
        )


def _one_step(found: Measured) -> Iterator[Flag]:
    one, many = found["one_step"]["fgsm"], found["one_step"]["iterated"]
    if one < many - LEAD:
        yield Flag(
            "one step beats many",
            f"Dice {one:.2f} under FGSM, {many:.2f} under ten steps on the same loss and ball",
            "The gradient near the clean volume misleads (masking, or catastrophic overfitting).",
        )


def _query(found: Measured) -> Iterator[Flag]:
    query = found["query"]
    if query["square"] < query["white_box"] - LEAD:
        yield Flag(
            "white box loses to queries",
            f"Dice {query['square']:.2f} under a random search of {query['queries']} queries, "
            f"{query['white_box']:.2f} under FGSM",
            "An attack that knows the gradient should not lose to one that does not.",
        )


def _transfer(transfer: Mapping[str, float], own: str) -> Iterator[Flag]:
    others = {source: value for source, value in transfer.items() if source != own}
    if own in transfer and others:
        best = min(others, key=lambda source: others[source])
        if others[best] < transfer[own] - TRANSFER_LEAD:
            yield Flag(
                TRANSFER,
                f"Dice {others[best]:.2f} on volumes made for {best}, {transfer[own]:.2f} on its "
                "own",
                "Another model's gradient is a better guide than the model's own.",
            )


def _out_of_reach(found: Measured) -> Iterator[Flag]:
    reach = found["full_range"]
    if min(reach["dice"]) > reach["constant"] + FLOOR:
        yield Flag(
            "unbounded attack fails",
            f"Dice {min(reach['dice']):.2f} at epsilon {reach['epsilons'][-1]:g}, where every "
            f"image is allowed; {reach['constant']:.2f} on an image without content",
            "The attack cannot even replace the image: it does not see the loss.",
        )


def _label_leak(found: Measured) -> Iterator[Flag]:
    leak = found["label_leak"]
    if leak["truth"] > min(leak["prediction"] + LEAK, leak["clean"] + LEAD):
        yield Flag(
            "label leak",
            f"Dice {leak['truth']:.2f} under FGSM with the truth, {leak['prediction']:.2f} with "
            f"the model's own prediction in its place, {leak['clean']:.2f} clean",
            "The model reads the truth out of the perturbation.",
        )


def _not_converged(found: Measured) -> Iterator[Flag]:
    curve, tries = found["iteration_curve"], found["restarts"]
    if curve["gain"] > STUCK:
        yield Flag(
            "attack not converged",
            f"the second half of {curve['iterations'][-1]} iterations lowers the Dice by "
            f"{curve['gain']:.2f}",
            "More iterations would find worse: the worst case here is too good.",
            concerns="attack",
        )
    if tries["restarted"] < tries["long"] - STUCK:
        yield Flag(
            "attack gets stuck",
            f"Dice {tries['restarted']:.2f} with restarts, {tries['long']:.2f} in one descent of "
            "as many steps",
            "The loss is rugged: the worst case of few restarts is too good.",
            concerns="attack",
        )
