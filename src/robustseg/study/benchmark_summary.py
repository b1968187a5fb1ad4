"""The time of a study by stage, from Snakemake's benchmark files and the logs."""

import csv
from dataclasses import dataclass
from pathlib import Path

from robustseg.runtime.gpus import TAKES


@dataclass(frozen=True)
class Job:
    """A finished job: wall, CPU and GPU seconds, and peak resident memory in MB.

    Its name identifies it within its stage: a case, or ``model/attack/epsilon``.
    """

    name: str
    wall: float
    cpu: float
    gpu: float
    memory: float


def read_stages(results: Path) -> dict[str, list[Job]]:
    """Return the finished jobs of every stage in ``results``, the stages in alphabetical order."""
    folders = sorted(path for path in (results / "benchmarks").glob("*") if path.is_dir())
    stages = {folder.name: read_jobs(results, folder.name) for folder in folders}
    return {stage: jobs for stage, jobs in stages.items() if jobs}


def read_jobs(results: Path, stage: str) -> list[Job]:
    """Return all jobs of a stage; values that Snakemake was too late to measure count as 0."""
    folder, jobs = results / "benchmarks" / stage, []
    for path in sorted(folder.rglob("*.tsv")):
        name = path.relative_to(folder).with_name(f"{path.stem}.log")
        log = results / "logs" / stage / name
        on_gpu = log.exists() and TAKES in log.read_text(errors="replace")
        with path.open(newline="") as file:
            for line in csv.DictReader(file, delimiter="\t"):
                wall = _number(line["s"])
                jobs.append(
                    Job(
                        name=str(name).removesuffix(".log"),
                        wall=wall,
                        cpu=_number(line["cpu_time"]),
                        gpu=wall if on_gpu else 0,
                        memory=_number(line["max_rss"]),
                    )
                )
    return jobs


def _number(cell: str) -> float:
    return float(cell) if cell not in ("", "-", "NA") else 0.0
