"""Compare two conditions case by case."""

from dataclasses import dataclass

import pandas as pd

from robustseg.runtime.errors import InputError
from robustseg.statistics.bootstrap import Interval, median_interval
from robustseg.statistics.scores import Condition, select
from robustseg.statistics.wilcoxon import SignedRank, signed_rank


@dataclass(frozen=True)
class Comparison:
    """A paired comparison; differences are ``subject - reference``, positive if it is higher."""

    mean_difference: float
    interval: Interval
    test: SignedRank


def compare(
    scores: pd.DataFrame,
    *,
    subject: Condition,
    reference: Condition,
    column: str,
    seed: int,
) -> Comparison:
    """Compare ``column`` of two conditions over their common cases.

    Args:
        scores: the long table of scores.
        subject: the condition to compare, for instance a defended model.
        reference: the condition to compare with, for instance the undefended model.
        column: the score, for instance ``dice_wt``.
        seed: of the bootstrap.

    Raises:
        InputError: the conditions were evaluated on different cases, or one is incomplete
            (see :func:`robustseg.statistics.scores.select`).
    """
    one, other = select(scores, subject), select(scores, reference)
    unpaired = one.index.symmetric_difference(other.index)
    if len(unpaired):
        raise InputError(
            f"scores: case {unpaired[0]} has a score for only one of ({subject}) and "
            f"({reference}); evaluate both on the same cases"
        )
    first, second = one[column].to_numpy(), other[column].to_numpy()
    differences = first - second
    return Comparison(
        mean_difference=float(differences.mean()),
        interval=median_interval(differences, seed=seed),
        test=signed_rank(first, second),
    )
