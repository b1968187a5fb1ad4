"""Ask Snakemake for the report of the finished jobs."""

import os
import subprocess
import sys

from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job

# The study's own protocol is the configuration, --nolock because the directory is locked by the
# run that makes the report.
with job(snakemake.log[0]) as logger, atomic_path(snakemake.output[0]) as temporary:
    command = [sys.executable, "-m", "snakemake", "--snakefile", snakemake.params.snakefile]
    command += ["--configfile", snakemake.input.protocol, "--nolock", "--cores", "1"]
    command += ["--replace-workflow-config"]
    command += ["--report", os.fspath(temporary), "--", "study"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    logger.info("%s", done.stderr)
    if done.returncode != 0:
        raise InputError(f"{snakemake.output[0]}: no report; see {snakemake.log[0]}")
