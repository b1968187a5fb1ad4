"""Checks before the first job starts: files, folders, GPUs and the cluster."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from robustseg.study.study import Study

PROFILE = "slurm/config.yaml"


def python_problems(executable: str) -> list[str]:
    """Return one line if Snakemake cannot start scripts with the Python at ``executable``.

    Snakemake puts the unquoted path into a shell command.
    """
    if shlex.quote(executable) == executable:
        return []
    return [
        f"{executable}: the path of this Python has a space or another sign of the shell's, and "
        "Snakemake starts no script by it; make the environment at another place, and start its "
        "bin/snakemake from here"
    ]


def file_problems(study: Study) -> list[str]:
    """Return the problems of files that a study reads and writes, one line each."""
    sources = {} if study.on_phantoms else study.sources
    weights = {
        network: study.results / "models" / network / "weights.safetensors"
        for network in study.networks
    }
    return [
        *date_problems({path for files in sources.values() for path in files.paths}),
        *weights_problems(weights),
    ]


def date_problems(files: Iterable[Path]) -> list[str]:
    """Return one line that names all ``files`` with a date in the future.

    The outputs of such a file seem older than the file, so Snakemake fails the job.
    """
    now = time.time()
    ahead = {path: date for path in files if (date := path.stat().st_mtime) > now}
    if not ahead:
        return []
    folder = os.path.commonpath([path.parent for path in ahead])
    until = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(max(ahead.values())))
    command = shlex.join(["touch", *map(str, sorted(ahead))])
    return [
        f"{folder}: has files dated ahead of now ({len(ahead)}, up to {until}), and no result of "
        f"theirs would be newer; correct the clock, or set their dates to now: {command}"
    ]


def weights_problems(weights: Mapping[str, Path]) -> list[str]:
    """Return one line for each file that a training would overwrite but has not written.

    Args:
        weights: network -> path of the weights from its training.
    """
    problems = []
    for network, path in weights.items():
        if not path.exists():
            continue
        try:
            with safe_open(path, framework="numpy") as file:  # reads only the header
                stated = json.loads((file.metadata() or {}).get("architecture", "{}"))
                ours = stated.get("training") == network
        except (OSError, SafetensorError, ValueError, AttributeError):
            ours = False
        if not ours:
            problems.append(
                f"{path}: was not written by the training of {network}, which would overwrite it; "
                "move it away, or give the model another name"
            )
    return problems


def folder_problems(folder: Path) -> list[str]:
    """Return one line if no file can be created in ``folder`` (or its closest existing parent)."""
    existing = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.exists()
    )
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(bytes(4096))
    except OSError as error:
        return [f"{existing}: cannot be written ({error.strerror}); results go to {folder}"]
    return []


def gpu_problems(asked: int) -> list[str]:
    """Return one line if a run is to use more GPUs than this machine has.

    A machine without GPUs is no problem, because its jobs use no GPU.
    """
    if not shutil.which("nvidia-smi"):
        return []
    done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    count = sum(line.startswith("GPU ") for line in done.stdout.splitlines())
    if 0 < count < asked:
        return [f"--resources gpu={asked}: this machine has {count}; lower it, or jobs would wait"]
    return []


def slurm_problems(partitions: Mapping[str, bool], *, minutes: int) -> list[str]:
    """Check the partitions of the jobs with SLURM; return one line per problem.

    Args:
        partitions: requested names -> whether any of their jobs needs a GPU.
        minutes: longest requested time of a job.
    """
    if not shutil.which("sbatch"):
        return ["sbatch: is not on the path; start from a login node of the cluster"]
    command = ["sinfo", "--noheader", "--format=%R|%G|%l"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        return [f"sinfo: SLURM does not answer ({said[-1]}); try again, or ask the administrators"]
    # A partition has one line per type of node.
    rows = [line.split("|") for line in done.stdout.splitlines()]
    problems = []
    for name, needs_gpu in partitions.items():
        kinds = [(gres, limit) for partition, gres, limit in rows if partition == name]
        if not kinds:
            known = ", ".join(sorted({partition for partition, _, _ in rows}))
            problems.append(f"{PROFILE}: partition {name} is unknown; choose one of {known}")
        elif needs_gpu and not any("gpu" in gres for gres, _ in kinds):
            problems.append(f"{PROFILE}: partition {name} has no GPU; name one that has")
        elif minutes > max(_minutes(limit) for _, limit in kinds):
            problems.append(
                f"{PROFILE}: a job asks for {minutes} minutes, partition {name} grants "
                f"{kinds[0][1]} (days-hours:minutes:seconds); lower walltime"
            )
    return problems


def _minutes(limit: str) -> float:
    """Read SLURM's ``days-hours:minutes:seconds``; ``infinite`` is more than any number."""
    if limit == "infinite":
        return float("inf")
    days, _, clock = limit.rpartition("-")
    hours, minutes, seconds = [0, 0, *map(int, clock.split(":"))][-3:]
    return 1440 * int(days or 0) + 60 * hours + minutes + seconds / 60
