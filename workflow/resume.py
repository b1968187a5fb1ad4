"""Resume a run after Snakemake was killed: python workflow/resume.py [arguments of snakemake].

Ends the jobs that were left behind, here and on SLURM, unlocks the folder, and starts Snakemake.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

COMMAND = [sys.executable, "-m", "snakemake"]
HERE = Path.cwd()


def processes_here() -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Return the Snakemakes that run in this folder, and the jobs that were started in it."""
    runs, jobs = [], []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) != HERE or process.pid == os.getpid():
                continue
            words = process.cmdline()
        except (psutil.Error, OSError):
            continue
        if "--mode" in words or any(".snakemake/scripts/" in word for word in words):
            jobs.append(process)
        elif any(Path(word).name == "snakemake" for word in words):
            runs.append(process)
    return runs, jobs


def jobs_on_slurm() -> list[str]:
    """Return the SLURM jobs that Snakemake submitted from this folder."""
    if not Path(".snakemake/slurm_logs").exists():
        return []
    command = ["squeue", "--me", "--noheader", "--format=%i|%k|%Z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip()
        sys.exit(f"SLURM does not answer ({reason}); its jobs may run on, so nothing was done")
    rows = [line.split("|") for line in listed.stdout.splitlines()]
    return [job for job, comment, folder in rows if comment[:5] == "rule_" and folder == str(HERE)]


def main() -> None:
    """End what was left behind; become Snakemake."""
    runs, _ = processes_here()
    if runs:
        sys.exit(f"Snakemake is running in {HERE} (process {runs[0].pid}); nothing was done")
    while waiting := jobs_on_slurm():
        subprocess.run(["scancel", *waiting], check=False)
        time.sleep(1)
    _, jobs = processes_here()
    for process in jobs:
        process.terminate()
    for process in psutil.wait_procs(jobs, timeout=30)[1]:
        process.kill()
    if status := subprocess.run([*COMMAND, "--unlock", *sys.argv[1:]], check=False).returncode:
        sys.exit(status)
    os.execv(sys.executable, [*COMMAND, "--rerun-incomplete", *sys.argv[1:]])


if __name__ == "__main__":
    main()
