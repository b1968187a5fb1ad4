"""The table of the diagnostics of all models."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from robustseg.html.cells import Cell, heading
from robustseg.html.numbers import number
from robustseg.html.pages import render
from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import model_of, seed_of
from robustseg.statistics.seeds import SEED
from robustseg.tables.labels import model_label


@dataclass(frozen=True)
class Measurement:
    """A column: its name, its title, and its explanation."""

    name: str
    title: str
    reading: str
    value: Callable[[Mapping[str, Any]], float | None]


def _take(name: str, key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda found: float(found[name][key])


def _mean(key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda found: sum(found["logit_scale"][key]) / len(found["logit_scale"][key])


MEASUREMENTS = (
    Measurement("least_class", "Least class", "Dice of the class that is segmented worst, clean "
                "volumes, all cases at once",
                lambda found: min(found["segmentation"]["dice"], default=None)),
    Measurement("gap", "Median gap", "median gap between the two largest logits; a float32 "
                "softmax is constant above 16.6",
                lambda found: found["saturation"]["gap_quantiles"][2]),
    Measurement("saturated", "Saturated", "share of voxels above that",
                _take("saturation", "saturated")),
    Measurement("at_ends", "At the ends", "share of the logits at an end of their range; 0 unless "
                "they are bounded", lambda found: found["output"]["low"] + found["output"]["high"]),
    Measurement("zero_float32", "Zero gradient", "share of voxels whose gradient is exactly 0",
                _take("zero_gradient", "float32")),
    Measurement("zero_float64", "Zero gradient, float64", "the same, computed in float64",
                _take("zero_gradient", "float64")),
    Measurement("cosine", "Cosine", "of the gradient with finite differences; 1 is right",
                _take("finite_differences", "cosine")),
    Measurement("nonlinearity", "Non-linearity", "of the loss over a tenth of epsilon; 0 is a "
                "plane", _take("finite_differences", "nonlinearity")),
    Measurement("growth", "Growth", "of the loss's rise along the gradient, least at a doubling of "
                "the distance; 2 is a plane, below 1 the loss bends back", _take("ray", "growth")),
    Measurement("clean", "Clean", "Dice of the clean volumes", _mean("clean")),
    Measurement("fgsm", "FGSM", "Dice under FGSM", _mean("plain")),
    Measurement("fgsm_ordinary", "FGSM, z / τ", "the same with the logits divided until their "
                "median gap is at most 10: no lower unless large logits hid the gradient",
                _mean("ordinary")),
    Measurement("fgsm_gap", "FGSM, z / gap", "the same with their median gap as the divisor: a "
                "better attack on every network", _mean("gap")),
    Measurement("ten_steps", "Ten steps", "Dice under ten steps of the same loss; should be below "
                "FGSM's on the same cases", _take("one_step", "iterated")),
    Measurement("ten_ordinary", "Ten steps, z / τ", "the same with the divided logits",
                _take("one_step", "ordinary")),
    Measurement("long", "Long", "Dice after twenty steps on z / gap", _take("restarts", "long")),
    Measurement("restarted", "Restarted", "Dice after ten steps, twice; about the same",
                _take("restarts", "restarted")),
    Measurement("doubling", "Doubling", "what the second half of the iterations still lowers the "
                "Dice by; 0 is converged", _take("iteration_curve", "gain")),
    Measurement("unbounded", "Unbounded", "Dice where any image is allowed; should be that of an "
                "empty image", lambda found: min(found["full_range"]["dice"])),
    Measurement("constant", "Empty", "Dice of an image without content",
                _take("full_range", "constant")),
    Measurement("query", "Queries", "Dice under a random search without gradients; should be "
                "above FGSM's", _take("query", "square")),
    Measurement("flipped", "Flipped", "Dice a step against FGSM's direction",
                _take("controls", "flipped")),
    Measurement("signs", "Signs", "Dice under random signs", _take("controls", "signs")),
    Measurement("uniform", "Uniform", "Dice under uniform noise", _take("controls", "uniform")),
    Measurement("prediction", "FGSM without truth", "Dice under FGSM on the model's own "
                "prediction; far below FGSM's is a label leak", _take("label_leak", "prediction")),
    Measurement("chance", "Chance", "largest difference of two passes, in median gaps",
                _take("stochasticity", "difference")),
    Measurement("eot", "Mean gradient", "Dice under FGSM on the mean of several gradients, where "
                "passes differ", lambda found: found["stochasticity"]["eot"]),
)  # fmt: skip


def diagnostics_table(paths: Sequence[str | Path], seeds: Sequence[int] = (0,)) -> pd.DataFrame:
    """Tabulate the measurements, one row per network, in the order of ``paths``.

    Args:
        paths: the files ``diagnostics/<network>.json``.
        seeds: of the trainings.

    Returns:
        Columns ``model``, with several seeds ``seed``, ``epsilon``, ``cases``, ``few`` (cases of
        the measurements with many passes) and those of `MEASUREMENTS`; Dice are means over regions
        and cases.

    Raises:
        InputError: a file is damaged.
    """
    rows = []
    for path in paths:
        try:
            stated = json.loads(Path(path).read_text(encoding="utf-8"))
            found = stated["measurements"]
            rows.append(
                {
                    "model": model_of(stated["model"]),
                    **({SEED: seed_of(stated["model"], seeds)} if len(seeds) > 1 else {}),
                    "epsilon": stated["epsilon"],
                    "cases": len(stated["cases"]),
                    "few": len(stated["few"]),
                    **{column.name: column.value(found) for column in MEASUREMENTS},
                }
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: no measurements of a model ({error!r}); delete it and run again"
            ) from error
    return pd.DataFrame(rows)


def render_diagnostics(table: pd.DataFrame, *, footer: Sequence[str]) -> str:
    """Render the table as a page, one row per measurement and one column per network.

    Args:
        table: of `diagnostics_table`.
        footer: notes, one paragraph each.
    """
    seeds = table.groupby("model", sort=False).size()
    several = SEED in table
    models = [
        heading(model_label(str(model)), columns=columns, kind="group" if several else "")
        for model, columns in seeds.items()
    ]
    head = [[heading("Measurement", rows=1 + several, kind="left"), *models]]
    if several:
        head.append([heading(f"Seed {seed}") for seed in table[SEED]])
    body = [
        [heading(column.title), *(Cell(_figures(value)) for value in table[column.name])]
        for column in MEASUREMENTS
    ]
    first = table.iloc[0]
    return render(
        "table.html",
        title="Diagnostics",
        caption=f"What the verdicts rest on, at ε\u00a0=\u00a0{first['epsilon']:g}, on the first "
        f"{first['cases']} test cases (measurements of many passes: the first {first['few']}).",
        head=head,
        body=body,
        footer=[
            *footer,
            *(f"{column.title}: {column.reading}." for column in MEASUREMENTS),
        ],
    )


def _figures(value: float | None) -> str:
    return number(value, 0 if value is not None and abs(value) >= 100 else 3)
