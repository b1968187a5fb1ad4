"""Table 2: every model under FGSM, compared with the undefended one."""

from collections.abc import Sequence

import pandas as pd

from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import derive_seed
from robustseg.statistics.comparison import compare
from robustseg.statistics.scores import (
    CONTROL,
    UNDEFENDED,
    Condition,
    evaluated,
    regions_of,
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
from robustseg.tables.labels import region_code

COLUMNS = [
    *("region", "model", "epsilon", "n", "dice_mean", "dice_sd"),
    *DIFFERENCE_FIELDS,
    *TEST_FIELDS,
    *("control_dice_mean", "control_dice_sd"),
]


def table2(
    scores: pd.DataFrame,
    paper: pd.DataFrame | None,
    *,
    models: Sequence[str],
    epsilons: Sequence[float] = (0.0, 0.05, 0.1),
    seed: int,
    attack: str = "fgsm",
    reference: str = UNDEFENDED,
) -> pd.DataFrame:
    """Tabulate every model's Dice and its paired comparison with the undefended one.

    Args:
        scores: the long table of scores.
        paper: the paper's Table 2 if the data are comparable, else None.
        models: in the order of the rows; ``reference`` always comes first.
        epsilons: columns of the paper's table; epsilons without evaluations have no row.
        seed: of the bootstrap, from which every comparison derives its own.
        attack: the attack.
        reference: the model that the others are compared with at the same epsilon.

    Returns:
        A row per region (of BraTS WT, TC, ET), model and epsilon with columns ``region``,
        ``model``, ``epsilon``, ``n``, ``dice_mean``, ``dice_sd``; the differences from the
        reference ``mean_difference``, ``median_difference``, ``ci_low``, ``ci_high`` (95 %); the
        signed-rank test ``p_paper``, ``p_holm``, ``p_bonferroni``, ``p_exact``,
        ``p_exact_holm``, ``rank_biserial``, ``zeros``, ``ties``, ``star``, ``star_corrected``
        (see :func:`robustseg.statistics.summary.with_corrections`);
        ``control_dice_mean``, ``control_dice_sd`` (random signs of the same epsilon, where
        evaluated); ``paper_dice_mean``, ``paper_dice_sd``, ``paper_p_value`` where comparable.
        The family of the corrections is every comparison in the table (72 with seven defenses,
        the noise baseline, three regions and three epsilons).

    Raises:
        InputError: no epsilon was evaluated, a model lacks one that another has, or cases do
            not pair.
    """
    order = [reference, *(model for model in models if model != reference)]
    present = [
        epsilon
        for epsilon in epsilons
        if any(evaluated(scores, Condition(model, attack, epsilon)) for model in order)
    ]
    if not present:
        listed = ", ".join(f"{epsilon:g}" for epsilon in epsilons)
        raise InputError(
            f"scores: no {attack} at epsilon {listed}; "
            "choose epsilons for Table 2 that the study evaluates"
        )
    table = pd.DataFrame(
        [
            _row(scores, region, Condition(model, attack, epsilon), reference, seed)
            for region in regions_of(scores)
            for model in order
            for epsilon in present
        ]
    )
    table = with_corrections(table).reindex(columns=COLUMNS)
    if paper is not None:
        keys = ["region", "model", "epsilon"]
        table = table.merge(paper, on=keys, how="left", validate="one_to_one")
    return table


def _row(
    scores: pd.DataFrame, region: str, condition: Condition, reference: str, seed: int
) -> dict[str, object]:
    """Return one row; the corrections are filled in when the family is complete."""
    column = f"dice_{region}"
    cases = select(scores, condition)
    described = describe(cases, column)
    row: dict[str, object] = {
        "region": region_code(region),
        "model": condition.model,
        "epsilon": float(condition.epsilon),
        "n": len(cases),
        "dice_mean": described[f"{column}_mean"],
        "dice_sd": described[f"{column}_sd"],
    }
    if condition.model != reference:
        comparison = compare(
            scores,
            subject=condition,
            reference=Condition(reference, condition.attack, condition.epsilon),
            column=column,
            seed=derive_seed(seed, "table2", column, condition.model, f"{condition.epsilon:g}"),
        )
        row |= difference_fields(comparison) | test_fields(comparison)
    control = Condition(condition.model, CONTROL, condition.epsilon)
    if evaluated(scores, control):
        described = describe(select(scores, control), column)
        row["control_dice_mean"] = described[f"{column}_mean"]
        row["control_dice_sd"] = described[f"{column}_sd"]
    return row
