"""How near the ensembles come to the worst that is known, on the networks of a finished study.

    python benchmarks/convergence.py results/phantoms --cases 4

The former ensemble (two PGDs of ten equal steps), `fast`, the members of `full` but SEA and
Square, and as the reference 200 small steps from the clean volume and from a random one. Per
model the mean over cases and regions of the least Dice that an ensemble reaches, and the CPU
seconds a case.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from markdown import heading, row
from numpy.typing import NDArray
from tqdm import tqdm

from robustseg.evaluation.run import attacked_batches
from robustseg.models.device import select_device
from robustseg.study.study import Study

EPSILON = 0.05
PGD: dict[str, Any] = {"method": "pgd", "scale": "gap"}
EQUAL = {**PGD, "relative_step": 0.25, "iterations": 10}
OURS = {
    "former-dice": {**EQUAL, "loss": "dice"},
    "former-cross-entropy": {**EQUAL, "loss": "balanced-cross-entropy"},
    "reference": {
        **PGD,
        **{"loss": "region-dice", "relative_step": 0.1, "iterations": 200, "restarts": 2},
    },
}


def reached(
    study: Study, model: str, attack: str, samples: list[str]
) -> tuple[NDArray[np.float64], float]:
    """Return the Dice ``(cases, regions)`` under ``attack``, and its CPU seconds a case."""
    settings, start = study.request(attack, model), time.process_time()
    rows = []
    for _, evaluated in attacked_batches(
        settings,
        weights=str(study.results / f"models/{model}/weights.safetensors"),
        samples=samples,
        statistics=None,
        epsilon=EPSILON,
        device=select_device(1),
    ):
        rows += evaluated.rows
    seconds = (time.process_time() - start) / len(samples)
    columns = [f"dice_{region}" for region in study.cohort.regions]
    return np.array([[row[column] for column in columns] for row in rows], float), seconds


def main() -> None:
    """Attack some test cases of every model, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--cases", type=int, default=4, help="the first test cases")
    parser.add_argument("--models", nargs="+", help="all of the tables, unless named")
    chosen = parser.parse_args()
    config = yaml.safe_load((chosen.results / "protocol.yaml").read_text())
    config["adaptive"]["attacks"] |= OURS
    study, adaptive = Study(config), config["adaptive"]
    samples = [
        str(study.results / f"samples/{case}.npz") for case in study.split.test[: chosen.cases]
    ]
    full = adaptive["ensembles"]["full"]
    full = [name for name in full if study.method(name) not in ("sea", "square")]
    ensembles = {
        "former fast": ["fgsm", "former-dice", "former-cross-entropy"],
        "fast": adaptive["ensembles"]["fast"],
        "full without sea, square": full,
        "reference": ["reference"],
    }
    needed = list(dict.fromkeys(name for members in ensembles.values() for name in members))
    print(heading("model", *ensembles, "best known"))
    seconds = dict.fromkeys(needed, 0.0)
    models = chosen.models or study.evaluated
    for model in tqdm(models, disable=None):
        found = {}
        for name in needed:
            found[name], spent = reached(study, model, name, samples)
            seconds[name] += spent / len(models)
        least = [
            np.min([found[name] for name in members], axis=0).mean()
            for members in ensembles.values()
        ]
        best = np.min(list(found.values()), axis=0).mean()
        print(row([model, *(f"{dice:.3f}" for dice in (*least, best))]), flush=True)
    totals = [sum(seconds[name] for name in members) for members in ensembles.values()]
    print(row(["CPU s a case", *(f"{total:.1f}" for total in totals), ""]))


if __name__ == "__main__":
    main()
