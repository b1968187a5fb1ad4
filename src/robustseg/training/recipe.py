"""The training of a model from its recipe, from its input files to its output files."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from robustseg.data.cohort import Cohort
from robustseg.data.tensors import read_volumes
from robustseg.defenses.undefended import Undefended
from robustseg.models.device import select_device
from robustseg.models.losses import DiceLoss
from robustseg.models.networks import build_network
from robustseg.models.weights import load_model, save_weights
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import called, resolve
from robustseg.threat.threat_model import ThreatModel
from robustseg.training.augmentation import Augmentation
from robustseg.training.checkpoint import Checkpoint
from robustseg.training.history import Progress, write_history
from robustseg.training.interruption import Interruption
from robustseg.training.loop import TrainingSettings, train

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Files of a training: inputs, outputs, and the checkpoint."""

    samples: Sequence[str]
    statistics: str | None
    teacher: str | None
    weights: str
    history: str
    tensorboard: str
    checkpoint: str


def train_from_recipe(
    recipe: Mapping[str, Any], *, name: str, paths: Paths, code: str, threads: int
) -> None:
    """Train the model ``name`` with its ``recipe`` (`Study.recipe`) and write its files.

    Args:
        recipe: model entry, defense, architecture, training, augmentation, loss, cohort, seed, and
            threat model and teacher's temperature if the defense has them.
        name: of the model, for messages.
        paths: of all files.
        code: fingerprint of the code; a checkpoint of other code is not used.
        threads: of a CPU. Like the device and the version of PyTorch, they affect the last bits, so
            a checkpoint of another number is not used.

    Raises:
        InputError: a sample or the teacher is damaged, or the loss is not finite.
        Interrupted: a signal told the training to stop; the next run resumes it.
    """
    device = select_device(threads)
    logger.info("training %s on %s", name, device)
    available: dict[str, Any] = {"temperature": 1, **recipe["model"]}
    available["loss"] = DiceLoss(**recipe["loss"])
    if "threat_model" in recipe:
        available["threat_model"] = ThreatModel(**recipe["threat_model"])
    if paths.teacher is not None:
        network = recipe["architecture"]["name"]
        available["teacher"] = load_model(paths.teacher, network=network).to(device)
        available["teacher_temperature"] = recipe["teacher_temperature"]
    cohort = Cohort.from_json(recipe["cohort"])
    settings = TrainingSettings(seed=recipe["seed"], **recipe["training"])

    def batch(indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        chosen = [paths.samples[index] for index in indices]
        image, labels, _ = read_volumes(chosen, statistics=paths.statistics, cohort=cohort)
        return image, labels

    with (
        Interruption() as interruption,
        Progress(name, epochs=settings.epochs, tensorboard=paths.tensorboard) as progress,
        called(recipe["architecture"]["name"], alone=False),
        called(recipe["defense"], alone=False),
    ):
        defense = build_defense(recipe["defense"], **available)
        model, history = train(
            partial(build_network, recipe["architecture"]),
            batch,
            len(paths.samples),
            classes=len(cohort.classes),
            defense=defense,
            loss=available["loss"],
            augmentation=Augmentation(
                **{**recipe["augmentation"], "flips": tuple(recipe["augmentation"]["flips"])}
            ),
            settings=settings,
            device=device,
            checkpoint=Checkpoint(
                paths.checkpoint,
                identity=_identity(
                    *(recipe, paths, code, asdict(settings)),
                    *(threads, device.type, torch.__version__),
                ),
            ),
            on_epoch=progress,
            interruption=lambda: interruption.received,
        )
    write_history(paths.history, history)
    save_weights(paths.weights, model, recipe["architecture"], training=name)


def build_defense(target: str, **available: Any) -> Undefended:
    """Build the defense ``"module:class"``, with the values for the fields that it declares.

    Raises:
        InputError: it is no subclass of `Undefended`.
    """
    kind = resolve(target)
    if not (isinstance(kind, type) and issubclass(kind, Undefended)):
        raise InputError(f"{target}: is no subclass of Undefended; correct the defense")
    declared = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in available.items() if key in declared})


def _identity(recipe: Mapping[str, Any], paths: Paths, *details: object) -> str:
    files = [path for path in (*paths.samples, paths.statistics, paths.teacher) if path]
    stamps = [(path, Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in files]
    text = json.dumps([recipe, stamps, details], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
