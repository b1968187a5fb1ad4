import os
import sys
from pathlib import Path

SOURCE = Path(workflow.basedir) / "src"
SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SOURCE))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
)

from robustseg import configuration, fingerprint as fingerprints
from robustseg.attacks.registry import ATTACKS
from robustseg.errors import InputError
from robustseg.statistics.labels import NOT_COMPARABLE
from robustseg.study import Study

try:
    configuration.check(config, SCRIPTS.parent / "schemas" / "config.schema.yaml")
    STUDY = Study(config)
    CASES, SPLIT = STUDY.cases, STUDY.split
except InputError as error:
    print(error, file=sys.stderr)
    sys.exit(1)

RESULTS = STUDY.results
LOGS = RESULTS / "logs"
BENCHMARKS = RESULTS / "benchmarks"
THREADS = config["resources"]["threads"]


wildcard_constraints:
    case=r"[^/]+",
    model="|".join(STUDY.models),
    attack="|".join(ATTACKS),
    epsilon=r"\d+(\.\d+)?(e-?\d+)?",


def code(script):
    """Fingerprint of the library code behind a script: a parameter of its rule."""
    return fingerprints.fingerprint(SCRIPTS / script)


def samples(cases):
    """Preprocessed samples of the cases."""
    return [RESULTS / "samples" / f"{case}.npz" for case in cases]


def cohort_statistics(wildcards):
    """The training split's intensity statistics, where standardisation uses them."""
    if config["preprocessing"]["standardisation"] == "cohort":
        return RESULTS / "cohort_statistics.json"
    return []


def case_folder_files(case):
    """The files of a case folder, of a phantom or of an imported case."""
    folder = RESULTS / "cases" / case
    return [folder / f"{case}_{part}.nii.gz" for part in ("t1", "t1ce", "t2", "flair", "seg")]


def evaluation_files(suffix, **selection):
    """A file of every evaluation of the study."""
    return [
        RESULTS / "evaluations" / model / attack / f"{epsilon}{suffix}"
        for model, attack, epsilon in STUDY.evaluations(**selection)
    ]


def paper_numbers(name):
    """The paper's numbers, where the data are comparable to its own."""
    return [] if STUDY.on_phantoms else Path(workflow.basedir) / "resources" / name


NOTE = NOT_COMPARABLE if STUDY.on_phantoms else None
