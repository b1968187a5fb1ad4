"""Where a checkout, its environment and the home folder may be."""

import os
import subprocess
import sys
from pathlib import Path

from .conftest import copy_workflow

WEIGHTS = "results/micro/models/undefended/weights.safetensors"
FIGURE = "results/micro/figures/figureS1.png"


def start(folder, *command, **variables):
    done = subprocess.run(
        [*map(str, command), "--cores", "1", "--configfile", "tests/micro.yaml", "--", FIGURE],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_a_home_folder_that_cannot_be_written(checkout):
    nowhere = dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"), "")
    snakemake = (sys.executable, "-m", "snakemake")
    done = start(checkout.folder, *snakemake, HOME="/proc/none", **nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (checkout.folder / FIGURE).exists()


def test_a_checkout_with_a_space_and_quotes_in_its_path(tmp_path):
    checkout = copy_workflow(tmp_path / "my 'own' (first) study")
    done = checkout.micro("--", WEIGHTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (checkout.folder / WEIGHTS).exists()
    again = start(checkout.folder, sys.executable, "workflow/resume.py")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (checkout.folder / FIGURE).exists()


def test_an_environment_with_a_space_in_its_path_is_one_line(checkout):
    """Snakemake starts scripts by the path of its Python, unquoted."""
    environment = checkout.folder / "my environment"
    environment.symlink_to(Path(sys.prefix), target_is_directory=True)
    python = environment / "bin" / Path(sys.executable).name
    done = start(checkout.folder, python, "-m", "snakemake")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.startswith(f"{python}: ")]
    assert len(said) == 1
    assert not (checkout.folder / "results").exists()
