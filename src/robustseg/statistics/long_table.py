"""The long table of all evaluations of a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from robustseg.runtime.files import atomic_path
from robustseg.runtime.seeds import model_of, seed_of
from robustseg.statistics.reading import read_table


def write_long_table(
    path: str | Path,
    evaluations: Mapping[tuple[str, str, str], str | Path],
    *,
    seeds: Sequence[int],
    threat_model: str,
    columns: Sequence[str],
) -> None:
    """Write the rows of all ``evaluations``, each cell as it stands in its file.

    The columns are model, with several seeds seed, attack, epsilon, ``columns`` and threat_model.

    Args:
        path: of the CSV file.
        evaluations: (network, attack, epsilon) to its file of scores, or of iterates.
        seeds: of the trainings.
        threat_model: stated in the last column of every row.
        columns: of the files.
    """
    several = len(seeds) > 1
    parts = [
        read_table(file, columns).assign(
            model=model_of(network) if several else network,
            seed=str(seed_of(network, seeds)),
            attack=attack,
            epsilon=epsilon,
            threat_model=threat_model,
        )
        for (network, attack, epsilon), file in evaluations.items()
    ]
    first = ["model", "seed", "attack", "epsilon"] if several else ["model", "attack", "epsilon"]
    table = pd.concat(parts)[[*first, *columns, "threat_model"]]
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
