"""Several trainings of every model: their mean for each case, and the seed variance.

Cases are the unit of every test. Seeds are averaged before any test, so n is always the number of
cases. A table without the column ``seed`` has one training of every model and is returned
unchanged.
"""

from collections.abc import Callable, Collection, Sequence

import pandas as pd

from robustseg.runtime.errors import InputError, InputErrors

SEED = "seed"
KEYS = ("model", "attack", "epsilon", "case")
REMEDY = "every model needs the same seeds, each once: run the study again"


def seeds_of(table: pd.DataFrame) -> list[int]:
    """Return the training seeds in ``table``; none without the column ``seed``.

    Raises:
        InputError: some rows have a seed and others have none.
    """
    if SEED not in table:
        return []
    if table[SEED].isna().any():
        raise InputError(f"scores: some rows have a seed and some have none; {REMEDY}")
    return sorted(set(table[SEED]))


def seed_means(
    table: pd.DataFrame, keys: Sequence[str] = KEYS, *, seeds: Collection[int] | None = None
) -> pd.DataFrame:
    """Average every number over the seeds: one row for each combination of ``keys``.

    Args:
        table: rows with the columns ``keys`` and, with several trainings, ``seed``.
        keys: columns that identify a row, apart from the seed.
        seeds: the seeds that every combination must have exactly once; by default all seeds in
            ``table``.

    Returns:
        ``table`` without the column ``seed``, in the order of the combinations' first rows. A
        number that is blank for one seed is blank in the mean. Text is that of the first row.

    Raises:
        InputError: a combination lacks a seed or has one twice, or a row has no seed.
    """
    if SEED not in table:
        return table
    expected = set(seeds_of(table) if seeds is None else seeds)
    check_seeds(table, keys, seeds=expected)
    groups = table.groupby(list(keys), sort=False)
    numbers = [name for name in table.select_dtypes("number") if name not in (*keys, SEED)]
    # The sum is blank if any score is: a mean of the others would hide a lost score.
    means = groups[numbers].sum(min_count=len(expected)) / len(expected)
    texts = groups.first().drop(columns=[*numbers, SEED])
    return means.join(texts).reset_index()[[name for name in table if name != SEED]]


def check_seeds(
    table: pd.DataFrame, keys: Sequence[str] = KEYS, *, seeds: Collection[int] | None = None
) -> None:
    """Check that every combination of ``keys`` has every seed once.

    Arguments and errors are those of :func:`seed_means`.
    """
    if SEED not in table or table.empty:
        return
    keys, wanted = list(keys), set(seeds_of(table) if seeds is None else seeds)
    twice = table[table.duplicated([*keys, SEED])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(f"scores: {_name(row, keys)}, seed {row[SEED]} occurs twice; {REMEDY}")
    incomplete = table[table.groupby(keys)[SEED].transform("size") < len(wanted)]
    if len(incomplete):
        row = incomplete.iloc[0]
        found = incomplete[(incomplete[keys] == row[keys]).all(axis=1)][SEED]
        missing = min(wanted - set(found))
        raise InputError(f"scores: {_name(row, keys)} has no row of seed {missing}; {REMEDY}")


def _name(row: pd.Series, keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {row[key]}" for key in keys)


def by_seed(
    scores: pd.DataFrame, compute: Callable[[pd.DataFrame], pd.DataFrame], models: Sequence[str]
) -> pd.DataFrame:
    """Apply ``compute`` to the rows of each seed.

    Args:
        scores: the long table of scores, with the column ``seed``.
        compute: makes a table with the column ``model`` from scores without seeds.
        models: in the order of the result's rows.

    Returns:
        The tables of all seeds with ``seed`` after ``model``; rows by model, then seed.

    Raises:
        InputErrors: seeds are incomplete, or a problem of ``compute``, with the seed.
    """
    check_seeds(scores)
    tables, problems = [], []
    for seed in seeds_of(scores):
        try:
            table = compute(scores[scores[SEED] == seed].drop(columns=SEED))
            table.insert(list(table.columns).index("model") + 1, SEED, seed)
            tables.append(table)
        except InputErrors as errors:
            problems += [f"seed {seed}: {problem}" for problem in errors.problems]
    if problems:
        raise InputErrors(problems)
    order = {model: place for place, model in enumerate(models)}
    joined = pd.concat(tables)
    return joined.sort_values(
        "model", key=lambda names: names.map(order), kind="stable", ignore_index=True
    )
