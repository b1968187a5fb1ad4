"""The worst case per case over an ensemble of attacks, which measures robustness."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from robustseg.runtime.errors import InputError, InputErrors
from robustseg.statistics.reading import read_table
from robustseg.statistics.scores import DICE_PREFIX, Condition, clean, dice_columns, select
from robustseg.statistics.seeds import SEED, by_seed, check_seeds

KEYS = ("model", "epsilon", "case")
WORST, MEMBER = "worst_", "attack_"
UNATTACKED = "none"
WORST_CASE = "worst-case"
TOLERANCE = 1e-9


def state_ensemble(name: str, members: Sequence[str]) -> str:
    """Return an ensemble in words, for instance ``fast: fgsm + pgd-dice``."""
    return f"{name}: {' + '.join(members)}"


def worst_case(
    scores: pd.DataFrame,
    *,
    models: Sequence[str],
    ensemble: Sequence[str],
    epsilons: Sequence[float],
    name: str,
) -> pd.DataFrame:
    """Compute the worst case of every model, case and region.

    For case i, region r and radius ε it is ``min Dice(i, r; a, ε')`` over the members a of the
    ensemble and all evaluated ε' <= ε, the clean volume (ε' = 0) included. It therefore never
    exceeds any member's Dice and never rises with ε. This is the per-sample worst case of
    AutoAttack (Croce & Hein 2020), with Dice instead of accuracy.

    Args:
        scores: the long table of scores.
        models: in the order of the rows.
        ensemble: attacks; every model must have been evaluated under each at every epsilon.
        epsilons: radii; 0 is added.
        name: of the ensemble.

    Returns:
        One row per model, epsilon and case: ``model``, ``epsilon``, ``case``; ``worst_<region>``
        in [0, 1] of every region; ``attack_<region>``, the
        member that reached it (``none``: the clean volume; of equals the one with the smallest
        epsilon, then the first of the ensemble); ``ensemble``, its name and members. With several
        seeds, each has its own rows, and ``seed`` follows ``model``.

    Raises:
        InputErrors: one line for each condition that is missing, has a blank or impossible Dice,
            or has other cases than the model's clean scores. No condition is skipped, because a
            worst case over fewer members would look like robustness.
    """
    chosen: Any = {"ensemble": ensemble, "epsilons": epsilons, "name": name}
    if SEED in scores:
        return by_seed(scores, lambda of_one: worst_case(of_one, models=models, **chosen), models)
    radii = sorted({0.0, *map(float, epsilons)})
    conditions = _conditions(scores, ensemble, radii)
    problems: list[str] = []
    tables = []
    for model in models:
        found = _read(scores, model, conditions, problems)
        if not problems:
            tables += [_at(model, epsilon, found) for epsilon in radii]
    if problems:
        raise InputErrors(problems)
    return pd.concat(tables, ignore_index=True).assign(ensemble=state_ensemble(name, ensemble))


def _conditions(
    scores: pd.DataFrame, ensemble: Sequence[str], radii: Sequence[float]
) -> list[tuple[str, float]]:
    """Return attack and epsilon of all conditions, clean first, then by epsilon and member.

    If a member attacked any model at an epsilon, all models need this condition.
    """
    wanted = {(member, radius) for member in ensemble for radius in radii}
    rows = scores[scores["attack"].isin(list(ensemble))]
    wanted |= set(zip(rows["attack"].tolist(), rows["epsilon"].tolist(), strict=True))
    attacked = [(a, e) for a, e in wanted if 0 < e <= radii[-1] + TOLERANCE]
    order = sorted(attacked, key=lambda each: (each[1], list(ensemble).index(each[0])))
    return [(UNATTACKED, 0.0), *order]


def _read(
    scores: pd.DataFrame,
    model: str,
    conditions: Sequence[tuple[str, float]],
    problems: list[str],
) -> list[tuple[str, float, pd.DataFrame]]:
    """Return attack, epsilon and the cases' Dice of each condition of ``model``."""
    found: list[tuple[str, float, pd.DataFrame]] = []
    for attack, epsilon in conditions:
        condition = clean(model) if attack == UNATTACKED else Condition(model, attack, epsilon)
        try:
            dice = select(scores, condition)[list(dice_columns(scores))]
        except InputError as error:
            problems.append(str(error))
            continue
        impossible = dice.index[~dice.apply(lambda column: column.between(0, 1)).all(axis=1)]
        cases = found[0][2].index if found else dice.index
        unpaired = dice.index.symmetric_difference(cases)
        if len(impossible):
            problems.append(
                f"scores: case {impossible[0]} has a Dice outside 0 to 1 for {condition}; "
                "evaluate it again"
            )
        elif len(unpaired):
            problems.append(
                f"scores: case {unpaired[0]} has a score for only one of ({condition}) and "
                f"({clean(model)}); evaluate both on the same cases"
            )
        else:
            found.append((attack, epsilon, dice))
    return found


def _at(
    model: str, epsilon: float, found: Sequence[tuple[str, float, pd.DataFrame]]
) -> pd.DataFrame:
    """Return the rows of one model and epsilon."""
    within = [(attack, dice) for attack, radius, dice in found if radius <= epsilon + TOLERANCE]
    attacks = np.array([attack for attack, _ in within], dtype=object)
    dice = np.stack([table.to_numpy() for _, table in within])
    cases = within[0][1].index
    columns = {"model": model, "epsilon": epsilon, "case": cases}
    regions = [column.removeprefix(DICE_PREFIX) for column in within[0][1].columns]
    worst, members = dice.min(axis=0).T, attacks[dice.argmin(axis=0)].T
    columns |= {f"{WORST}{region}": v for region, v in zip(regions, worst, strict=True)}
    columns |= {f"{MEMBER}{region}": v for region, v in zip(regions, members, strict=True)}
    return pd.DataFrame(columns)


def read_worst_case(path: str | Path) -> pd.DataFrame:
    """Read ``worst_case.csv``.

    Raises:
        InputError: a column is missing, a Dice is blank, the table has no row, or a row no seed.
    """
    table = read_table(path, ("model", "case", "ensemble"))
    named = [c.split("_", 1)[1] for c in table.columns if c.startswith((WORST, MEMBER))]
    expected = {f"{kind}{region}" for kind in (WORST, MEMBER) for region in named or ["<region>"]}
    missing = {*KEYS, *expected, "ensemble"} - set(table.columns)
    if missing:
        raise InputError(
            f"{path}: columns {', '.join(sorted(missing))} are missing; "
            "delete the file and run the study again"
        )
    if table.empty or table[worst_columns(table)].isna().any(axis=None):
        raise InputError(f"{path}: no or blank scores; delete the file and run the study again")
    check_seeds(table, ("model", "epsilon", "case"))
    return table


def worst_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of the worst Dice, one per region, in the order of the table."""
    return [column for column in table.columns if column.startswith(WORST)]


def as_scores(worst: pd.DataFrame) -> pd.DataFrame:
    """Return worst cases in the form of scores, under the attack ``worst-case``.

    The functions that describe and compare attacks then apply to them.
    """
    columns = worst_columns(worst)
    names = {column: f"{DICE_PREFIX}{column.removeprefix(WORST)}" for column in columns}
    keys = [key for key in ("model", SEED, "epsilon", "case") if key in worst]
    return worst[[*keys, *columns]].rename(columns=names).assign(attack=WORST_CASE)
