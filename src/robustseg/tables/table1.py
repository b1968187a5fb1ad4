"""Table 1: the undefended network under each attack."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import derive_seed
from robustseg.statistics.comparison import compare
from robustseg.statistics.scores import (
    CONTROL,
    DICE_PREFIX,
    QUALITY,
    UNDEFENDED,
    Condition,
    clean,
    dice_columns,
    evaluated,
    select,
)
from robustseg.statistics.summary import (
    DIFFERENCE_FIELDS,
    TEST_FIELDS,
    describe,
    difference_fields,
    test_fields,
    with_corrections,
)

ATTACKS = ("fgsm", "i-fgsm", "ti-fgsm")
UNCHANGED = "psnr_unchanged"
FIELDS = (*DIFFERENCE_FIELDS, *TEST_FIELDS)


def table1(
    scores: pd.DataFrame,
    paper: pd.DataFrame | None,
    *,
    epsilon: float,
    seed: int,
    model: str = UNDEFENDED,
    attacks: Sequence[str] = ATTACKS,
) -> pd.DataFrame:
    """Tabulate the Dice and input quality of one model under the attacks.

    Args:
        scores: the long table of scores.
        paper: the paper's Table 1 if the data are comparable, else None.
        epsilon: of the attacks and of the noise control.
        seed: of the bootstrap, from which every comparison derives its own.
        model: the attacked model.
        attacks: in the order of the rows; by default the paper's.

    Returns:
        A row for no attack, for each of the attacks, and for random signs of the same norm
        (the control); an attack that the study does not evaluate at ``epsilon`` has no row.
        Columns: ``model``, ``attack``, ``epsilon``, ``n``; for each region's ``dice_<region>``
        the prefixed ``_mean``, ``_sd``, the differences from no attack
        (``_mean_difference``, ``_median_difference``, ``_ci_low``, ``_ci_high``: 95 %), the
        signed-rank test (``_p_paper``, ``_p_holm``, ``_p_bonferroni``, ``_p_exact``,
        ``_p_exact_holm``, ``_rank_biserial``, ``_zeros``, ``_ties``) and ``_star``,
        ``_star_corrected`` (see :func:`robustseg.statistics.summary.with_corrections`);
        ``psnr`` (dB), ``ssim`` and ``rmse`` as ``_mean``, ``_sd``; ``psnr_unchanged``, the cases
        that the attack left unchanged: their PSNR is infinite and counts in no mean (with several
        seeds, unchanged in any); ``paper_...`` where comparable.
        The family of the corrections is every attack in every region (nine tests in the paper).
        The control is described, not tested.

    Raises:
        InputError: clean scores are missing, no attack was evaluated at ``epsilon``, or cases
            do not pair.
    """
    conditions = [Condition(model, attack, epsilon) for attack in (*attacks, CONTROL)]
    conditions = [condition for condition in conditions if evaluated(scores, condition)]
    if not conditions:
        raise InputError(
            f"scores: no attack on {model} at epsilon {epsilon:g}; "
            "choose an epsilon for Table 1 that the study evaluates"
        )
    unattacked = clean(model)
    table = pd.DataFrame(
        [
            _describe("none", unattacked, select(scores, unattacked)),
            *(_describe(each.attack, each, select(scores, each)) for each in conditions),
        ]
    ).set_index("attack")
    comparisons = _compare(scores, conditions, unattacked, seed)
    scored = dice_columns(scores)
    for column in scored:
        table = table.join(comparisons.xs(column, level="score").add_prefix(f"{column}_"))
        stars = [f"{column}_star", f"{column}_star_corrected"]
        table[stars] = table[stars].fillna("")
    columns = ["epsilon", "n"]
    columns += [f"{score}_{field}" for score in scored for field in ("mean", "sd", *FIELDS)]
    columns += [f"{score}_{field}" for score in QUALITY for field in ("mean", "sd")]
    columns.insert(columns.index("psnr_sd") + 1, UNCHANGED)
    table = table[columns].reset_index()
    table.insert(0, "model", model)
    if paper is not None:
        table = table.merge(paper, on=["attack", "epsilon"], how="left", validate="one_to_one")
    return table


def scored_columns(table: pd.DataFrame) -> tuple[str, ...]:
    """Return ``dice_<region>`` of every region of a Table 1, in its order."""
    means = (c for c in table.columns if c.startswith(DICE_PREFIX) and c.endswith("_mean"))
    return tuple(column.removesuffix("_mean") for column in means)


def _describe(attack: str, condition: Condition, cases: pd.DataFrame) -> dict[str, object]:
    """Return mean and standard deviation of every score of one row, and the unchanged cases."""
    row: dict[str, object] = {"attack": attack, "epsilon": condition.epsilon, "n": len(cases)}
    for column in (*dice_columns(cases), *QUALITY):
        row |= describe(cases, column)
    attacked = cases["psnr"].notna().any()
    return row | {UNCHANGED: int(np.isinf(cases["psnr"]).sum()) if attacked else pd.NA}


def _compare(
    scores: pd.DataFrame, conditions: list[Condition], unattacked: Condition, seed: int
) -> pd.DataFrame:
    """Compare every attack with no attack: columns ``FIELDS``, one row per attack and score.

    The control's differences are described but not tested.
    """
    rows = []
    for condition in conditions:
        for column in dice_columns(scores):
            comparison = compare(
                scores,
                subject=condition,
                reference=unattacked,
                column=column,
                seed=derive_seed(seed, "table1", condition.model, condition.attack, column),
            )
            row: dict[str, object] = {"attack": condition.attack, "score": column}
            row |= difference_fields(comparison)
            if condition.attack != CONTROL:
                row |= test_fields(comparison)
            rows.append(row)
    table = pd.DataFrame(rows).set_index(["attack", "score"])
    return with_corrections(table)[list(FIELDS)]
