"""Seeds of jobs, derived from the study's seed and the name of the job, and seeds in names.

A *network* is a model that was trained with a seed. The network of the first seed has the plain
name of the model. The others are called ``<model>@<seed>``, so adding a seed to the list keeps the
existing networks.
"""

import hashlib
from collections.abc import Sequence

MARK = "@"
"""Separates model and seed; no model's name contains it (workflow/schemas/config.schema.yaml)."""


def derive_seed(study_seed: int, *names: object) -> int:
    """Return a 63-bit seed that depends on ``study_seed`` and every one of ``names``.

    The same arguments give the same seed on every machine and in every process.
    """
    text = "\x1f".join([str(study_seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def network_name(model: str, seed: int, seeds: Sequence[int]) -> str:
    """Return the name of the network of ``model`` and ``seed``, one of ``seeds``."""
    return model if seed == seeds[0] else f"{model}{MARK}{seed}"


def model_of(network: str) -> str:
    """Return the model of ``network``."""
    return network.partition(MARK)[0]


def seed_of(network: str, seeds: Sequence[int]) -> int:
    """Return the seed of ``network``, one of ``seeds``."""
    _, mark, seed = network.partition(MARK)
    return int(seed) if mark else seeds[0]
