"""The verdict on every model: clean, apparent and worst-case scores, and flags."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from robustseg.diagnostics.flag import Flag
from robustseg.statistics.scores import (
    CONTROL,
    DICE_PREFIX,
    Condition,
    clean,
    evaluated,
    regions_of,
    select,
)
from robustseg.statistics.worst_case import WORST_CASE, as_scores

KINDS = ("clean", "apparent", "worst", "control")
DOUBLING = "last_doubling"
FLAGS = ("flags", "evidence", "meaning", "concerns")


def verdicts(
    scores: pd.DataFrame,
    worst: pd.DataFrame,
    flags: Mapping[str, Sequence[Flag]],
    *,
    epsilon: float,
    last_doubling: Mapping[str, float] = MappingProxyType({}),
) -> pd.DataFrame:
    """Tabulate the means over cases of every model, with its flags.

    *Clean*: on clean volumes. *Apparent*: under FGSM, the paper's attack. *Worst*: the lowest Dice
    per case over the ensemble (:func:`robustseg.statistics.worst_case.worst_case`).
    *Control*: under random signs.

    Args:
        scores: the long table of scores.
        worst: the worst cases.
        flags: of the diagnostics and the worst case, by model, in the order of the rows.
        epsilon: of all scores except the clean ones.
        last_doubling: the Dice it lost, by model
            (:func:`robustseg.statistics.convergence.last_doubling`).

    Returns:
        One row per model: ``model``, ``epsilon``, ``n`` (cases), mean Dice ``clean_<region>``
        ... ``control_<region>`` in [0, 1] (blank where there is no control), ``last_doubling``
        in [-1, 1] (blank where the ensemble does not measure it), and ``flags``,
        ``evidence`` and ``meaning``, joined by " | " for several flags and blank without
        flags.

    Raises:
        InputError: a model has no clean, apparent or worst-case score at ``epsilon``, or a blank.
    """
    everything = pd.concat([scores, as_scores(worst)])
    scored = [f"{kind}_{region}" for kind in KINDS for region in regions_of(scores)]
    rows = [
        _row(everything, model, found, epsilon) | {DOUBLING: last_doubling.get(model)}
        for model, found in flags.items()
    ]
    table = pd.DataFrame(rows, columns=["model", "epsilon", "n", *scored, DOUBLING, *FLAGS])
    return table.astype({DOUBLING: float})


def verdict_regions(table: pd.DataFrame) -> list[str]:
    """Return the regions of a table of verdicts, in its order."""
    prefix = f"{KINDS[0]}_"
    return [column.removeprefix(prefix) for column in table.columns if column.startswith(prefix)]


def _row(
    scores: pd.DataFrame, model: str, found: Sequence[Flag], epsilon: float
) -> dict[str, object]:
    conditions = {
        "clean": clean(model),
        "apparent": Condition(model, "fgsm", epsilon),
        "worst": Condition(model, WORST_CASE, epsilon),
        "control": Condition(model, CONTROL, epsilon),
    }
    if not evaluated(scores, conditions["control"]):
        del conditions["control"]
    row: dict[str, object] = {"model": model, "epsilon": epsilon}
    for kind, condition in conditions.items():
        cases = select(scores, condition)
        row["n"] = len(cases)
        row |= {
            f"{kind}_{region}": cases[f"{DICE_PREFIX}{region}"].mean()
            for region in regions_of(scores)
        }
    row["flags"] = " | ".join(flag.name for flag in found)
    row["evidence"] = " | ".join(flag.evidence for flag in found)
    row["meaning"] = " | ".join(flag.meaning for flag in found)
    row["concerns"] = " | ".join(flag.concerns for flag in found)
    return row
