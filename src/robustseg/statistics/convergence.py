"""Convergence of the worst case: the Dice lost in the last doubling of an attack's steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from robustseg.diagnostics.flag import Flag
from robustseg.statistics.scores import Condition, dice_columns, select

TOLERATED = 0.05
"""Largest loss of mean Dice in the last doubling for a converged worst case."""

STEPS = "iterations"


def find_doubling(
    attacks: Mapping[str, Mapping[str, Any]], ensemble: Sequence[str]
) -> dict[str, Any] | None:
    """Return the longest attack of an ensemble that also has it with half of the iterations.

    Args:
        attacks: the configuration's entries by name.
        ensemble: names of the members.

    Returns:
        The names ``half`` and ``whole`` of two members that differ only in ``iterations``, and
        the ``iterations`` of ``whole``; None if the ensemble has no such pair.
    """
    found = [
        {"half": half, "whole": whole, STEPS: attacks[whole][STEPS]}
        for whole in ensemble
        for half in ensemble
        if STEPS in attacks[half] and attacks[whole] == _doubled(attacks[half])
    ]
    return max(found, key=lambda pair: pair[STEPS], default=None)


def _doubled(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, STEPS: 2 * entry[STEPS]}


def last_doubling(
    scores: pd.DataFrame,
    models: Sequence[str],
    doubling: Mapping[str, Any] | None,
    *,
    epsilon: float,
) -> dict[str, float]:
    """Return the mean Dice under half of the steps minus that under all of them, by model.

    These are means over regions, cases and training seeds, in [-1, 1], and about 0 if the attack
    has converged. The result is empty if ``doubling`` is None.

    Args:
        scores: the long table of scores.
        models: in order.
        doubling: the result of `find_doubling`.
        epsilon: of the attacks.

    Raises:
        InputError: a model was not evaluated under one of the two at ``epsilon``.
    """
    if doubling is None:
        return {}

    def mean(model: str, attack: str) -> float:
        cases = select(scores, Condition(model, attack, epsilon))
        return float(cases[list(dice_columns(scores))].to_numpy().mean())

    return {
        model: mean(model, doubling["half"]) - mean(model, doubling["whole"]) for model in models
    }


def flag_unconverged(
    flags: Mapping[str, Sequence[Flag]],
    taken: Mapping[str, float],
    doubling: Mapping[str, Any] | None,
) -> dict[str, list[Flag]]:
    """Return the flags of every model, with one more if the last doubling lost too much Dice.

    Args:
        flags: flags of the diagnostics, by model.
        taken: the result of `last_doubling`.
        doubling: the result of `find_doubling`.
    """
    found = {model: list(raised) for model, raised in flags.items()}
    for model, lost in taken.items():
        if doubling is not None and lost > TOLERATED:
            found[model].append(
                Flag(
                    "worst case not converged",
                    f"{doubling['whole']} ({doubling[STEPS]} steps) ends at a mean Dice lower by "
                    f"{lost:.2f} than {doubling['half']} (half of the steps)",
                    "More steps would find worse: the worst case here is too good.",
                    concerns="attack",
                )
            )
    return found


def convergence_note(doubling: Mapping[str, Any] | None) -> str:
    """Return the note on the last doubling below the table of verdicts."""
    if doubling is None:
        return (
            "Whether the worst case has converged was not measured: no member of the ensemble is "
            "there with half of its iterations, too."
        )
    return (
        f"Last doubling: mean Dice over regions and cases under {doubling['half']} "
        f"({doubling[STEPS] // 2} steps) minus that under {doubling['whole']} ({doubling[STEPS]} "
        f"steps). Above {TOLERATED:g} the worst case has not converged, and a flag says so. A "
        "small value says that this attack has stopped, not that no other finds worse."
    )
