import os
import re
import sys

SOURCE = ROOT / "src"
SCRIPTS = ROOT / "workflow" / "scripts"
# Relative paths keep results up to date after the checkout has moved.
BASE = Path(os.path.relpath(ROOT))
CAPTIONS = BASE / "workflow" / "report"
sys.path.insert(0, str(SOURCE))
# The scripts of all jobs import the library from this folder, whether it is installed or not.
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        dict.fromkeys([str(SOURCE), *filter(None, [os.getenv("PYTHONPATH")])])
    ),
    # glibc keeps freed memory, so that a gradient on a CPU waits for fewer page faults.
    MALLOC_TRIM_THRESHOLD_="2147483647",
    MALLOC_MMAP_MAX_="0",
)

from robustseg.data.cohort import stated
from robustseg.data.split.selection import groups, strata
from robustseg.data.split.split import size_problems
from robustseg.runtime.errors import InputError, InputErrors
from robustseg.study import configuration, preflight
from robustseg.study.configuration_yaml import read_files
from robustseg.study.study import Study
from robustseg.tables.labels import NOT_COMPARABLE

# Snakemake knows its targets only after it has read the rules. The cases are unknown before the
# download.
DOWNLOADING = "download" in sys.argv

try:
    layers = [
        *read_files([BASE / "config" / "config.yaml", *workflow.overwrite_configfiles]),
        workflow.config_settings.config,
    ]
    configuration.settle(config, layers)
    configuration.check(
        config, SCRIPTS.parent / "schemas" / "config.schema.yaml", layers
    )
    STUDY = Study(config)
    problems = preflight.python_problems(sys.executable)
    if not DOWNLOADING:
        CASES, SPLIT = STUDY.cases, STUDY.split
        problems += size_problems(
            SPLIT, min_test_cases=config["data"]["min_test_cases"]
        )
        if workflow.is_main_process:
            problems += preflight.file_problems(STUDY)
    if problems:
        raise InputErrors(problems)
except InputError as error:
    print(error, file=sys.stderr)
    sys.exit(1)

RESULTS = STUDY.results
LOGS = RESULTS / "logs"
BENCHMARKS = RESULTS / "benchmarks"
WEIGHTS = RESULTS / "models" / "{model}" / "weights.safetensors"
THREADS = config["resources"]["threads"]


wildcard_constraints:
    case=r"[^/]+",
    model="|".join(map(re.escape, STUDY.networks)),
    attack="|".join(map(re.escape, STUDY.attacks)),
    epsilon=r"\d+(\.\d+)?(e-?\d+)?",


# Settings of the cohort for jobs that measure, and for jobs that only read cases.
COHORT = stated(config["cohort"])
CASE_COHORT = stated(config["cohort"], regions=False)
NOTE = NOT_COMPARABLE if STUDY.on_phantoms else None
# Note of figures that show single networks.
FIRST = f"networks of seed {STUDY.seeds[0]}" if len(STUDY.seeds) > 1 else None
NOTE_OF_FIRST = "; ".join(filter(None, [NOTE, FIRST])) or None
