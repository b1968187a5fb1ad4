"""SIGKILLs at random over a run of the micro-study, which is then run to its end.

    python tests/workflow/kills.py FOLDER [--kills 30] [--seed 0]

FOLDER holds a copy of the workflow; the killed process is Snakemake itself or any of its jobs.
"""

import argparse
import contextlib
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

COMMAND = (
    "workflow/resume.py",
    "--cores",
    "2",
    "--keep-going",
    "--max-jobs-per-timespan",
    "100/1s",
)
STUDY = ("--configfile", "tests/micro.yaml")


def processes(folder: Path) -> list[psutil.Process]:
    """Return what runs in ``folder``: Snakemake, its jobs, and their scripts."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder and "snakemake" in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def kind(process: psutil.Process) -> str:
    """Name what a process is: ``train``, ``evaluate``, ..., or ``snakemake``."""
    with contextlib.suppress(psutil.Error):
        words = [word for word in process.cmdline() if ".snakemake/scripts/" in word]
        return words[0].split(".")[-2] if words else "snakemake"
    return "gone"


def run_with_kills(folder: Path, *targets: str, kills: int, seed: int) -> Counter[str]:
    """Run to the end through ``kills`` SIGKILLs; return how often what was killed."""
    draw, killed = random.Random(seed), Counter[str]()
    command = [sys.executable, *COMMAND, *STUDY, "--", *targets]
    with (folder / "kills.txt").open("a") as file:

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, cwd=folder, stdout=file, stderr=file)

        run = start()
        while killed.total() < kills:
            # Half of the kills hit the script of a job, however long it takes to get there.
            of_script = draw.random() < 0.5
            time.sleep(draw.uniform(0, 4))
            while run.poll() is None:
                found = [p for p in processes(folder) if (kind(p) != "snakemake") == of_script]
                if found:
                    victim = draw.choice(found)
                    with contextlib.suppress(psutil.Error):
                        name = kind(victim)
                        victim.kill()
                        killed[name] += 1
                    break
                time.sleep(0.2)
            if run.returncode == 0:
                break
            if run.returncode is not None:
                run = start()
        # Snakemake ends with an error where one of its jobs was killed; then once more.
        if run.wait() != 0:
            subprocess.run(command, cwd=folder, stdout=file, stderr=file, check=True)
    return killed


def main() -> None:
    """Kill, run to the end, and say what was killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    # The cases first, undisturbed: the kills are for trainings and evaluations.
    command = [sys.executable, *COMMAND, *STUDY, "--quiet", "all", "--until", "preprocess"]
    subprocess.run(command, cwd=folder, check=True)
    print(dict(run_with_kills(folder, "all", kills=chosen.kills, seed=chosen.seed)))


if __name__ == "__main__":
    main()
