"""How far a study is: python workflow/status.py [OVERLAY.yaml ...], with the run's overlays."""

import sys
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from robustseg.runtime.errors import InputError  # noqa: E402
from robustseg.study import configuration  # noqa: E402
from robustseg.study.benchmark_summary import read_stages  # noqa: E402
from robustseg.study.configuration_yaml import read_files  # noqa: E402
from robustseg.study.progress import progress  # noqa: E402
from robustseg.study.study import Study  # noqa: E402


def read_study(overlays: list[str]) -> Study:
    """Return the study of the default configuration and its overlays.

    Raises:
        InputError: an overlay is no mapping, or gives a key twice, or what comes out is not a valid
            configuration.
    """
    layers = read_files([ROOT / "config" / "config.yaml", *overlays])
    config: dict[str, Any] = {}
    for layer in layers:
        update_config(config, layer)
    configuration.settle(config, layers)
    configuration.check(config, ROOT / "workflow" / "schemas" / "config.schema.yaml", layers)
    return Study(config)


def main() -> None:
    """Print a line a network, and a table of the stages that have finished jobs."""
    study = read_study(sys.argv[1:])
    print(f"{study.results}\n")
    for row in progress(study):
        print(f"{row.network:20} {row.state:10} {row.detail}".rstrip())
        for line in row.log:
            print(f"{'':31} {line}")
    if stages := read_stages(study.results):
        print(f"\n{'stage':20} {'jobs':>6} {'wall (s)':>10} {'GPU (s)':>10} {'peak (MB)':>10}")
    for stage, jobs in stages.items():
        wall, gpu = sum(job.wall for job in jobs), sum(job.gpu for job in jobs)
        peak = max(job.memory for job in jobs)
        print(f"{stage:20} {len(jobs):6} {wall:10.0f} {gpu:10.0f} {peak:10.0f}")


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
