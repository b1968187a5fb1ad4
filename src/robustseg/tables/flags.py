"""The flags of the diagnostics of a model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from robustseg.diagnostics.flag import Flag
from robustseg.diagnostics.verdict import TRANSFER
from robustseg.runtime.errors import InputError


def read_flags(path: str | Path) -> list[Flag]:
    """Read the key ``flags`` of ``diagnostics/<model>.json``; empty without findings.

    Raises:
        InputError: the file is not JSON or has no such list, which does not mean no flags.
    """
    try:
        flags = json.loads(Path(path).read_text(encoding="utf-8"))["flags"]
        return [
            Flag(*(str(flag[key]) for key in ("name", "evidence", "meaning", "concerns")))
            for flag in flags
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no list of flags with name, evidence, meaning and concerns ({error!r}); "
            "delete the file and run the study again"
        ) from error


def flags_of_models(
    paths: Sequence[str | Path], models: Sequence[str], seeds: Sequence[int]
) -> dict[str, list[Flag]]:
    """Read the flags of all networks and return those of each model.

    Args:
        paths: as for `read_flags`, model by model, each in the order of ``seeds``.
        models: in order.
        seeds: of the trainings; with several, a flag shows in how many of them it was raised.

    Raises:
        InputError: a file is damaged.
        ValueError: there is not one path for each model and seed.
    """
    keys = [(model, seed) for model in models for seed in seeds]
    found = {key: read_flags(path) for key, path in zip(keys, paths, strict=True)}
    if len(seeds) == 1:
        return {model: found[model, seeds[0]] for model in models}
    return {model: merge_flags({seed: found[model, seed] for seed in seeds}) for model in models}


def flag_notes(seeds: Sequence[int]) -> list[str]:
    """Return the note on flags of several trainings below the table of verdicts."""
    if len(seeds) == 1:
        return []
    return [
        "A flag says in how many of the seeds it was raised, its evidence in which. Only the "
        f"networks of seed {seeds[0]} were shown each other's attacked volumes: no other seed can "
        "be flagged for transfer."
    ]


def merge_flags(by_seed: Mapping[int, Sequence[Flag]]) -> list[Flag]:
    """Return the distinct flags of a model's trainings, each with the trainings that raised it.

    Its name shows the number of seeds, and its evidence is that of each seed. Flags have the order
    of their first occurrence.
    """
    raised: dict[str, dict[int, list[Flag]]] = {}
    for seed, flags in by_seed.items():
        for flag in flags:
            raised.setdefault(flag.name, {}).setdefault(seed, []).append(flag)
    return [
        Flag(
            name=f"{name} ({_share(name, len(seeds), by_seed)})",
            evidence="; ".join(
                f"seed {seed}: {'; '.join(flag.evidence for flag in flags)}"
                for seed, flags in seeds.items()
            ),
            meaning=" ".join(
                dict.fromkeys(flag.meaning for flags in seeds.values() for flag in flags)
            ),
            concerns=next(iter(seeds.values()))[0].concerns,
        )
        for name, seeds in raised.items()
    ]


def _share(flag: str, raised: int, by_seed: Mapping[int, Sequence[Flag]]) -> str:
    """Return in how many of the possible seeds a flag was raised."""
    if flag == TRANSFER:
        return f"seed {next(iter(by_seed))}, the only one examined"
    return f"{raised} of {len(by_seed)} seeds"
