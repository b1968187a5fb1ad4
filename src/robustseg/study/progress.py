"""Progress of every network of a study, read from its results folder at any time."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robustseg.study.study import Study

EPOCH = re.compile(r"epoch (\d+)/(\d+) loss (\S+), .* s, about (\d+) s left")
STOPPED = " ERROR stopped by SIG"
LINES = 3
"""Number of shown lines of a failed job's log."""

SILENT = 900
"""Seconds without a line in the log before the job is reported as silent."""


@dataclass(frozen=True)
class Progress:
    """The progress of a network.

    Attributes:
        network: its name.
        state: ``queued``, ``training``, ``stopped``, ``trained`` (evaluations are missing),
            ``evaluated`` or ``failed``.
        detail: epoch, loss and time left, or finished evaluations, or the reason of a failure.
        log: last lines of the log of a failed job.
    """

    network: str
    state: str
    detail: str = ""
    log: tuple[str, ...] = ()


def progress(study: Study) -> Iterator[Progress]:
    """Yield the progress of every network: in the order of models, then of seeds."""
    wanted = study.evaluations()
    for network in study.networks:
        folder = study.results / "models" / network
        log = study.results / "logs" / "train" / f"{network}.log"
        if not (folder / "weights.safetensors").exists():
            yield _training(network, log)
            continue
        mine = [evaluation for evaluation in wanted if evaluation[0] == network]
        left = [evaluation for evaluation in mine if not _scores(study, *evaluation).exists()]
        detail = f"{len(mine) - len(left)} of {len(mine)} evaluations" if mine else "teacher"
        for evaluation in left:
            name = "/".join(evaluation)
            if failed := _failed(study.results / "logs" / "evaluate" / f"{name}.log"):
                yield Progress(network, "failed", " ".join(evaluation[1:]), failed)
                break
        else:
            yield Progress(network, "trained" if left or not mine else "evaluated", detail)


def _scores(study: Study, network: str, attack: str, epsilon: str) -> Path:
    path: Path = study.results / "evaluations" / network / attack / f"{epsilon}.csv"
    return path


def _training(network: str, log: Path) -> Progress:
    if not log.exists():
        return Progress(network, "queued")
    lines = log.read_text(errors="replace").splitlines()
    epochs = [match for match in map(EPOCH.search, lines) if match]
    detail = "first epoch"
    if epochs:
        number, total, loss, seconds = epochs[-1].groups()
        detail = f"epoch {number} of {total}, loss {loss}, about {_duration(int(seconds))} left"
    if any(STOPPED in line for line in lines):
        return Progress(network, "stopped", detail)
    if _has_failed(lines):
        return Progress(network, "failed", detail, tuple(lines[-LINES:]))
    silent = time.time() - log.stat().st_mtime
    if silent > SILENT:
        detail += f"; nothing said for {_duration(int(silent))}"
    return Progress(network, "training", detail)


def _failed(log: Path) -> tuple[str, ...]:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return tuple(lines[-LINES:]) if _has_failed(lines) else ()


def _has_failed(lines: list[str]) -> bool:
    return any(" ERROR " in line for line in lines)


def _duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"
