"""Where the time of a finished study went, by stage, and what of it was the start of processes.

    python benchmarks/study.py results/phantoms

Reads Snakemake's benchmark files under RESULTS/benchmarks. The start of a process is measured
here: the median of runs of a script that has the imports of the stage's own and does nothing.
"""

import argparse
import ast
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from markdown import heading, row

from robustseg.study.benchmark_summary import Job, read_jobs

ROOT = Path(__file__).resolve().parent.parent
STAGES = (
    *("phantom", "import_case", "validate_case", "preprocess", "train", "evaluate"),
    *("transfer", "examine"),
)
MODELS = ("train", "evaluate", "transfer", "examine")
"""Stages whose jobs are of one model each."""

SCRIPTS = {
    "figure2": "iteration_curves",
    "figure3": "dice_curves",
    "figure4": "dice_curves",
    "figureS1": "network_figure",
    "figureS2": "iteration_curves",
    "iterations": "scores",
}
"""Scripts of jobs that have another name than their script."""

PREAMBLE = "import pickle, snakemake.logging, snakemake.iocontainers"
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT / "src"),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

PAPER = ("fgsm", "i-fgsm", "ti-fgsm", "random-signs")
"""The paper's attacks, and their control."""


def start_up(stage: str, repeats: int) -> tuple[float, float]:
    """Return the median wall and CPU seconds of a process that imports what the stage does.

    Starting and ending: an interpreter with PyTorch in it takes its time for both. Snakemake's own
    imports in a script and the environment of a job with one thread are those of a study.
    """
    name = SCRIPTS.get(stage, stage)
    tree = ast.parse((ROOT / "workflow" / "scripts" / f"{name}.py").read_text())
    before = [node for node in tree.body if not isinstance(node, ast.With)]
    program = "\n".join([PREAMBLE, *map(ast.unparse, before), "with job('/dev/null'): pass"])
    environment = {**os.environ, **ENVIRONMENT}
    wall, cpu = [], []
    for number in range(repeats + 1):
        used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if number:  # the first one reads the files from disk
            wall.append(time.perf_counter() - start)
            cpu.append(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)
    return statistics.median(wall), statistics.median(cpu)


def print_others(results: Path, repeats: int, measured: float) -> None:
    """Print what starting the jobs without a benchmark file takes: those that left a log.

    And the sum of that and ``measured``, the seconds for those with one.
    """
    logs = results / "logs"
    names = [path.relative_to(logs).with_suffix("").parts[0] for path in logs.rglob("*.log")]
    others = [name for name in names if name not in STAGES]
    starts = sum(start_up(name, repeats)[0] * others.count(name) for name in sorted(set(others)))
    print(
        f"\nThe other {len(others)} jobs (tables, figures, pages): start-up {starts:.0f} s. "
        f"Start-up of all jobs: {measured + starts:.0f} s."
    )


def print_shares(found: Mapping[str, list[Job]]) -> None:
    """Print what the paper's models and attacks took, and what was added to them."""
    paper = added = other = 0.0
    for stage in MODELS:
        for job in found.get(stage, []):
            model, *attack = job.name.split("/")
            if model.startswith("pgd-"):
                other += job.wall
            elif stage == "train" or (attack and attack[0] in PAPER):
                paper += job.wall
            else:
                added += job.wall
    print(
        f"\nThe paper's models: training and the paper's attacks {paper:.0f} s, ensemble, "
        f"diagnostics and transfer {added:.0f} s ({share(added, paper)} of that). "
        f"Models pgd-*: {other:.0f} s."
    )


def share(part: float, whole: float) -> str:
    """Return a part in per cent of the whole."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def main() -> None:
    """Print a Markdown table: a row a stage, and their sum; then what the paper took of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished study")
    parser.add_argument("--repeats", type=int, default=3, help="empty scripts a stage")
    chosen = parser.parse_args()
    found = {stage: read_jobs(chosen.results, stage) for stage in STAGES}
    found = {stage: jobs for stage, jobs in found.items() if jobs}
    if not found:
        parser.error(f"{chosen.results}: no benchmark files; run the study first")

    total = sum(job.wall for jobs in found.values() for job in jobs)
    sums = [0.0] * 5
    print(
        heading(
            *("stage", "jobs", "wall (s)", "of all", "CPU (s)", "peak memory (MB)"),
            *("start-up a job (s)", "start-up, of wall", "start-up, of CPU"),
        )
    )
    for stage, jobs in found.items():
        wall, cpu = sum(job.wall for job in jobs), sum(job.cpu for job in jobs)
        once, once_cpu = start_up(stage, chosen.repeats)
        starts, starts_cpu = len(jobs) * once, len(jobs) * once_cpu
        peak = max(job.memory for job in jobs)
        values = (len(jobs), wall, cpu, starts, starts_cpu)
        sums = [before + value for before, value in zip(sums, values, strict=True)]
        cells = (stage, len(jobs), f"{wall:.0f}", share(wall, total), f"{cpu:.0f}", f"{peak:.0f}")
        shares = (f"{once:.2f}", share(starts, wall), share(starts_cpu, cpu))
        print(row([*cells, *shares]), flush=True)
    count, wall, cpu, starts, starts_cpu = sums
    cells = ("all", int(count), f"{wall:.0f}", "100 %", f"{cpu:.0f}", "")
    print(row([*cells, "", share(starts, wall), share(starts_cpu, cpu)]))
    print_others(chosen.results, chosen.repeats, starts)
    print_shares(found)


if __name__ == "__main__":
    main()
