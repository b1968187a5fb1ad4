"""What has become of every model of a study: read off its results folder, at any time."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robustseg.study import Study

EPOCH = re.compile(r"epoch (\d+)/(\d+) loss (\S+), .* s, about (\d+) s left")
STOPPED = " ERROR stopped by SIG"
LINES = 3
"""Of a failed job's log that are shown."""

SILENT = 900
"""Seconds without a line in the log after which that is said."""


@dataclass(frozen=True)
class Progress:
    """What has become of a model.

    Attributes:
        model: its name.
        state: ``queued``, ``training``, ``stopped``, ``trained`` (evaluations are missing),
            ``evaluated`` or ``failed``.
        detail: epoch, loss and time left, or evaluations done, or why it failed.
        log: last lines of the log of a failed job.
    """

    model: str
    state: str
    detail: str = ""
    log: tuple[str, ...] = ()


def progress(study: Study) -> Iterator[Progress]:
    """Yield the progress of every model, in the configuration's order."""
    wanted = study.evaluations()
    for model in study.models:
        folder = study.results / "models" / model
        log = study.results / "logs" / "train" / f"{model}.log"
        if not (folder / "weights.safetensors").exists():
            yield _training(model, log)
            continue
        mine = [evaluation for evaluation in wanted if evaluation[0] == model]
        left = [evaluation for evaluation in mine if not _scores(study, *evaluation).exists()]
        detail = f"{len(mine) - len(left)} of {len(mine)} evaluations" if mine else "teacher"
        for evaluation in left:
            name = "/".join(evaluation)
            if failed := _failed(study.results / "logs" / "evaluate" / f"{name}.log"):
                yield Progress(model, "failed", " ".join(evaluation[1:]), failed)
                break
        else:
            yield Progress(model, "trained" if left or not mine else "evaluated", detail)


def _scores(study: Study, model: str, attack: str, epsilon: str) -> Path:
    path: Path = study.results / "evaluations" / model / attack / f"{epsilon}.csv"
    return path


def _training(model: str, log: Path) -> Progress:
    if not log.exists():
        return Progress(model, "queued")
    lines = log.read_text(errors="replace").splitlines()
    epochs = [match for match in map(EPOCH.search, lines) if match]
    detail = "first epoch"
    if epochs:
        number, total, loss, seconds = epochs[-1].groups()
        detail = f"epoch {number} of {total}, loss {loss}, about {_duration(int(seconds))} left"
    if any(STOPPED in line for line in lines):
        return Progress(model, "stopped", detail)
    if _has_failed(lines):
        return Progress(model, "failed", detail, tuple(lines[-LINES:]))
    silent = time.time() - log.stat().st_mtime
    if silent > SILENT:
        detail += f"; nothing said for {_duration(int(silent))}"
    return Progress(model, "training", detail)


def _failed(log: Path) -> tuple[str, ...]:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return tuple(lines[-LINES:]) if _has_failed(lines) else ()


def _has_failed(lines: list[str]) -> bool:
    return any(" ERROR " in line for line in lines)


def _duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"
