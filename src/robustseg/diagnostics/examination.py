"""All measurements of one model, from its input files to its output file."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from robustseg.data.cohort import Cohort
from robustseg.data.tensors import read_volumes
from robustseg.diagnostics.controls import controls, label_leak, query, stochasticity
from robustseg.diagnostics.convergence import full_range, iteration_curve, one_step, restarts
from robustseg.diagnostics.gradients import finite_differences, ray, zero_gradient
from robustseg.diagnostics.saturation import logit_scale, output, saturation
from robustseg.diagnostics.segmentation import segmentation
from robustseg.diagnostics.subject import Subject
from robustseg.models.device import select_device
from robustseg.models.losses import DiceLoss
from robustseg.models.weights import load_model
from robustseg.runtime.files import atomic_path
from robustseg.runtime.plugins import called
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.threat_model import ThreatModel

logger = logging.getLogger(__name__)
FEW = 2
"""Cases of the measurements with many passes; a batch of one is slow on a CPU."""


def examine(subject: Subject, *, iterations: int = 100, queries: int = 100) -> dict[str, Any]:
    """Run every diagnostic on a model.

    Args:
        subject: the model and its cases; the measurements with many passes use the first two.
        iterations: of the iteration curve.
        queries: forward passes of the gradient-free attack.

    Returns:
        Measurement name -> its result; the measurement's function describes it.
    """
    few = subject.first(FEW)
    measurements: dict[str, Callable[[], dict[str, Any]]] = {
        "segmentation": lambda: segmentation(subject),
        "saturation": lambda: saturation(subject),
        "output": lambda: output(subject),
        "logit_scale": lambda: logit_scale(subject),
        "zero_gradient": lambda: zero_gradient(few),
        "finite_differences": lambda: finite_differences(few),
        "ray": lambda: ray(subject),
        "iteration_curve": lambda: iteration_curve(few, iterations=iterations),
        "restarts": lambda: restarts(few),
        "one_step": lambda: one_step(few),
        "full_range": lambda: full_range(few),
        "controls": lambda: controls(subject),
        "query": lambda: query(few, queries=queries),
        "label_leak": lambda: label_leak(subject),
        "stochasticity": lambda: stochasticity(subject),
    }
    found = {}
    for name, measure in measurements.items():
        found[name] = measure()
        logger.info("%s: %s", name, found[name])
    return found


def examine_model(
    settings: Mapping[str, Any],
    *,
    model: str,
    weights: str,
    samples: Sequence[str],
    statistics: str | None,
    output: str,
    threads: int,
) -> None:
    """Examine the model ``model`` and write the measurements as JSON.

    Args:
        settings: `Study.examination`.
        model: name, for the file.
        weights: of the model.
        samples: files of the cases.
        statistics: of the cohort, or None.
        output: a JSON file.
        threads: of a CPU.

    Raises:
        InputError: a file is damaged, or a gradient is not finite.
    """
    device = select_device(threads)
    cohort = Cohort.from_json(settings["cohort"])
    image, labels, cases = read_volumes(samples, statistics=statistics, cohort=cohort)
    subject = Subject(
        model=load_model(weights, network=settings["network"]).to(device),
        image=image.to(device),
        labels=labels.to(device),
        epsilon=settings["epsilon"],
        seeds=tuple(derive_seed(settings["seed"], case) for case in cases),
        temperature=settings["temperature"],
        threat_model=ThreatModel(**settings["threat_model"]),
        loss=DiceLoss(**settings["loss"]),
        cohort=cohort,
    )
    torch.manual_seed(settings["seed"])
    with called(settings["network"], alone=False):
        found = examine(subject, iterations=settings["iterations"], queries=settings["queries"])
    stated = {
        "model": model,
        "epsilon": subject.epsilon,
        "temperature": subject.temperature,
        "cases": cases,
        "few": cases[:FEW],
        "threat_model": asdict(subject.threat_model),
        "measurements": found,
    }
    with atomic_path(output) as temporary:
        temporary.write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")
