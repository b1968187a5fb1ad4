"""Upper estimates of the time and memory of jobs, for requests to a cluster."""

import math

from robustseg.runtime.seeds import model_of
from robustseg.study.study import Study

SEA_LOSSES = range(3)
"""As many losses as SEA follows unless it is told."""

SECONDS = 2e-8
"""Seconds of a forward and backward pass, per voxel of the input and filter of the finest level.

This is an eighth of the time of one CPU core in bfloat16 (benchmarks/README.md). A GPU is faster. A
training on a CPU exceeds its limit, saves its last epoch and resumes.
"""


def training_minutes(study: Study, network: str) -> int:
    """Return the minutes of a training, from cases, epochs, and the defense's passes per batch."""
    model = model_of(network)
    entry = study.models[model]
    passes = study.defense(model).passes + int(entry.get("steps", 0))
    epochs: int = study.training(model)["epochs"]
    return 30 + math.ceil(len(study.split.train) * epochs * passes * _seconds(study) / 60)


def evaluation_minutes(study: Study, attack: str) -> int:
    """Return the minutes of an evaluation, from test cases, gradients and scores."""
    # The scores, image quality above all, take about as long as two gradients.
    return _minutes(study, len(study.split.test), _gradients(study, attack) + 2)


def transfer_minutes(study: Study) -> int:
    """Return the minutes of one source's row of the transfer matrix."""
    attack = study.config["adaptive"]["transfer"]["attack"]
    passes = _gradients(study, attack) + len(study.evaluated)
    return _minutes(study, len(study.split.test), passes)


def examination_minutes(study: Study) -> int:
    """Return the minutes of a model's diagnostics."""
    settings = study.config["diagnostics"]
    # Besides the curve and the queries there are about 120 gradients, some of them in float64.
    passes = settings["iterations"] + settings["queries"] + 200
    return _minutes(study, settings["cases"], passes)


def _gradients(study: Study, attack: str) -> int:
    """Return the passes of an attack; SEA runs its iterations once for each of its losses."""
    parameters = study.parameters(attack)
    losses = len(parameters.get("losses", SEA_LOSSES)) if study.method(attack) == "sea" else 1
    gradients: int = parameters.get("iterations", 1) * parameters.get("restarts", 1) * losses
    return gradients + int(parameters.get("queries", 0))


def _minutes(study: Study, cases: int, passes: int) -> int:
    return 10 + math.ceil(cases * passes * _seconds(study) / 60)


def _seconds(study: Study) -> float:
    return _voxels(study) * _filters(study) * SECONDS


def training_memory(study: Study, network: str) -> int:
    """Return the MB of a training."""
    return _activations(study, study.training(model_of(network))["batch_size"], copies=3)


def evaluation_memory(study: Study) -> int:
    """Return the MB of an evaluation, one portion of the test cases loaded."""
    return _attack_memory(study, study.config["evaluation"]["batch_size"])


def examination_memory(study: Study) -> int:
    """Return the MB of a model's diagnostics, which attack all their cases together."""
    return _attack_memory(study, min(study.config["diagnostics"]["cases"], len(study.split.test)))


def _attack_memory(study: Study, cases: int) -> int:
    batch = cases + 1
    volumes = batch * _voxels(study) * len(study.cohort.sequences) * 4 * 12 // 10**6
    return _activations(study, batch, copies=2) + volumes


def _activations(study: Study, batch: int, *, copies: int) -> int:
    # About 40 full-resolution feature maps of the first level's width are alive at once.
    return 1000 + copies * batch * _voxels(study) * _filters(study) * 40 * 4 // 10**6


def _voxels(study: Study) -> int:
    side: int = study.config["preprocessing"]["size"]
    voxels: int = side**3
    return voxels


def _filters(study: Study) -> int:
    filters: int = study.config["network"].get("filters", 32)
    return filters
