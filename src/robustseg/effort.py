"""How long the jobs of a study take at most, for a cluster to plan with; memory is `Study`'s."""

import math

from robustseg.defenses.registry import DEFENSES
from robustseg.study import Study

SECONDS = 2e-8
"""Of a pass forth and back, a voxel of the input and a filter of the finest level.

An eighth of what one CPU core needs in bfloat16 (benchmarks/README.md). A GPU is faster than
that; a training on a CPU outlasts its limit, keeps its last epoch and goes on.
"""


def training_minutes(study: Study, model: str) -> int:
    """Return the minutes of a training: cases, epochs, and the defence's passes a batch."""
    passes = DEFENSES[study.models[model]["defense"]].passes
    epochs: int = study.training(model)["epochs"]
    return 30 + math.ceil(len(study.split.train) * epochs * passes * _seconds(study) / 60)


def evaluation_minutes(study: Study, attack: str) -> int:
    """Return the minutes of an evaluation: test cases, and the gradients and scores of each."""
    gradients: int = study.parameters(attack).get("iterations", 1)
    # The scores, image quality above all, take about as long as two gradients.
    return 10 + math.ceil(len(study.split.test) * (gradients + 2) * _seconds(study) / 60)


def _seconds(study: Study) -> float:
    filters: int = study.config["network"].get("filters", 32)
    return study.voxels * filters * SECONDS
