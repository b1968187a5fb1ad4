"""What the paper's study costs on GPUs: counted operations, divided by what a GPU sustains.

    python benchmarks/paper.py [--overlay config/paper.yaml] [--teraflops 10]

The operations are those of the convolutions of the network at its full size, forth and back,
counted by torch on tensors without contents. What a GPU sustains is an assumption of the reader's,
not a measurement: --teraflops.
"""

import argparse
import heapq
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from markdown import heading, row
from snakemake.utils import update_config
from torch.utils.flop_counter import FlopCounterMode

from robustseg.data.cohort import BRATS
from robustseg.models.networks import build_network
from robustseg.runtime.seeds import model_of
from robustseg.study.study import Study

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Passes:
    """Operations for one case: a prediction, the gradient of the image, and an update's."""

    forward: float
    attack: float
    update: float


@dataclass(frozen=True)
class Job:
    """A job of the study: its stage, its operations, and the job that it waits for."""

    name: tuple[str, ...]
    operations: float
    after: tuple[str, ...] | None = None


def count(study: Study) -> Passes:
    """Count the operations for one case of the study's size."""
    side = study.config["preprocessing"]["size"]
    with torch.device("meta"):
        network = build_network(study.architecture(study.reference))
        image = torch.empty(1, len(BRATS.sequences), side, side, side)

    def operations(*, image_gradient: bool, update: bool) -> float:
        network.requires_grad_(update)
        with FlopCounterMode(display=False) as counter:
            logits = network(image.detach().requires_grad_(image_gradient))
            if image_gradient or update:
                logits.sum().backward()
        return float(counter.get_total_flops())

    return Passes(
        forward=operations(image_gradient=False, update=False),
        attack=operations(image_gradient=True, update=False),
        update=operations(image_gradient=False, update=True),
    )


def per_case(defense: str, passes: Passes) -> float:
    """Return the operations of a training for one case in one epoch."""
    extra = {
        "undefended": 0.0,
        "noise": passes.update,
        "adversarial": passes.update + passes.attack,
        "distillation": passes.forward,
    }
    return passes.update + extra[defense]


def jobs_of(study: Study, passes: Passes, *, train: int, test: int) -> list[Job]:
    """Return all GPU jobs, each after the one that it waits for."""
    jobs: list[Job] = []
    for name in study.networks:
        entry, teacher = study.models[model_of(name)], study.teacher(name)
        epochs: int = study.training(model_of(name))["epochs"]
        operations = train * epochs * per_case(entry["defense"], passes)
        after = ("train", teacher) if teacher else None
        jobs.append(Job(("train", name), operations, after))
    for model, attack, epsilon in study.evaluations():
        steps = study.parameters(attack).get("iterations", 0)
        operations = test * (passes.forward + steps * (passes.attack + passes.forward))
        operations += test * passes.attack * (attack == "fgsm" and float(epsilon) > 0)
        jobs.append(Job(("evaluate", model, attack, epsilon), operations, ("train", model)))
    return jobs


def makespan(jobs: list[Job], seconds: dict[tuple[str, ...], float], gpus: int) -> float:
    """Return the hours until the last job ends; of the jobs that may start the longest does."""
    waiting = {job.name: job for job in jobs}
    running: list[tuple[float, tuple[str, ...]]] = []
    done: set[tuple[str, ...]] = set()
    now = 0.0
    while waiting or running:
        ready = [job.name for job in waiting.values() if job.after is None or job.after in done]
        for name in sorted(ready, key=lambda name: -seconds[name])[: gpus - len(running)]:
            heapq.heappush(running, (now + seconds[name], name))
            del waiting[name]
        now, name = heapq.heappop(running)
        done.add(name)
    return now / 3600


def main() -> None:
    """Print operations a case, GPU-hours a stage, and hours with 1, 4, 8 and enough GPUs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--overlay", type=Path, default=ROOT / "config" / "paper.yaml")
    parser.add_argument("--train", type=int, default=226, help="training cases")
    parser.add_argument("--test", type=int, default=57, help="test cases")
    parser.add_argument("--teraflops", type=float, default=10, help="that one GPU sustains")
    parser.add_argument("--start-up", type=float, default=20, help="seconds of a job")
    chosen = parser.parse_args()
    config: dict[str, Any] = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    update_config(config, yaml.safe_load(chosen.overlay.read_text()))
    study = Study(config)
    passes = count(study)
    jobs = jobs_of(study, passes, train=chosen.train, test=chosen.test)
    rate = chosen.teraflops * 1e12
    seconds = {job.name: job.operations / rate + chosen.start_up for job in jobs}
    print(heading("for one case", "10^12 operations"))
    for kind, operations in asdict(passes).items():
        print(row([kind, f"{operations / 1e12:.2f}"]))
    print()
    hours, numbers = Counter[str](), Counter(job.name[0] for job in jobs)
    for job in jobs:
        hours[job.name[0]] += seconds[job.name] / 3600
    print(heading("stage", "jobs", "GPU-hours"))
    for stage, total in hours.items():
        print(row([stage, numbers[stage], f"{total:.1f}"]))
    print(row(["all", numbers.total(), f"{hours.total():.1f}"]))
    print("\n" + heading("GPUs", "hours"))
    for gpus in (1, 4, 8, len(jobs)):
        shown = "any number" if gpus == len(jobs) else gpus
        print(row([shown, f"{makespan(jobs, seconds, gpus):.1f}"]))


if __name__ == "__main__":
    main()
