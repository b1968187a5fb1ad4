"""The long table of scores of a study that trains every model with several seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.evaluation.scores import join, read_rows, write_rows
from robustseg.runtime.files import atomic_path
from robustseg.runtime.seeds import model_of, seed_of


def join_networks(
    path: str | Path,
    evaluations: Mapping[tuple[str, str, str], str | Path],
    *,
    seeds: Sequence[int],
    threat_model: str,
    iterations: bool = False,
    cohort: Cohort,
) -> None:
    """Join the rows of all ``evaluations``; with several seeds, add a column for the seed.

    Args:
        path: of the long table.
        evaluations: (network, attack, epsilon) -> its file of scores or of iterates.
        seeds: of the trainings. With one seed, the table is that of
            :func:`robustseg.evaluation.scores.join`. With several, ``model`` has the model's
            name, and ``seed`` follows it.
        threat_model: stated in the last column of every row.
        iterations: the files are those of iterates.
        cohort: the cohort of the cases.
    """
    with atomic_path(path) as temporary:
        join(
            temporary,
            evaluations,
            threat_model=threat_model,
            iterations=iterations,
            cohort=cohort,
        )
        rows = read_rows(temporary) if len(seeds) > 1 else []
        for row in rows:
            row["seed"] = str(seed_of(row["model"], seeds))
            row["model"] = model_of(row["model"])
        if rows:
            columns = [column for column in rows[0] if column not in ("model", "seed")]
            write_rows(temporary, rows, ("model", "seed", *columns))
