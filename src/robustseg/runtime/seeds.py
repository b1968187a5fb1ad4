"""Seeds of jobs, derived from the study's seed and what names the job, and those in names.

A trained *network* is a model and a seed. That of the first seed has the model's plain name, the
others are called ``<model>@<seed>``: so a seed that is added to the list leaves what exists.
"""

import hashlib
from collections.abc import Sequence

MARK = "@"
"""Between model and seed; no model's name has it (workflow/schemas/config.schema.yaml)."""


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
    """Return the model that ``network`` is a training of."""
    return network.partition(MARK)[0]


def seed_of(network: str, seeds: Sequence[int]) -> int:
    """Return the seed of ``network``, one of ``seeds``."""
    _, mark, seed = network.partition(MARK)
    return int(seed) if mark else seeds[0]
