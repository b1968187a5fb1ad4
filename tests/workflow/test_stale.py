"""One plan after a change of data, split or shared code has every job that the change concerns."""

import csv
import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml

from robustseg.data.cohort import BRATS
from robustseg.data.phantoms.phantom import write_phantom

from .conftest import Checkout, copy_workflow

DATA = {"source": "folder", "folder": "cases", "test_fraction": 0.4, "min_test_cases": 1}
STUDY = {
    "study": "tiny",
    "training": {"epochs": 1},
    "models": [
        {"name": "undefended", "defense": "undefended"},
        {"name": "noise-0.01", "defense": "noise", "radius": 0.01},
    ],
    "tables": {"table2_epsilons": [0, 0.05]},
    "figures": {"figure5_epsilon": 0.05},
    "attacks": {
        "fgsm": {"epsilons": [0, 0.05]},
        "random-signs": {"epsilons": [0.05]},
        "i-fgsm": None,
        "ti-fgsm": None,
    },
    "adaptive": {"ensemble": "paper", "transfer": {"attack": "fgsm"}},
    "diagnostics": {"cases": 1, "iterations": 4, "queries": 4},
}
CASES, TRAINED, EVALUATED = 5, 2, 2 * 3
NAMES = [f"BraTS2021_{number:05d}" for number in range(CASES)]
SHARED = (
    "src/robustseg/data/nifti.py",
    "from robustseg.runtime.errors import InputError",
    "from robustseg.runtime.errors import InputError\n\nSHARED = 1",
)


def overlay(checkout: Checkout, **data: object) -> None:
    """Write the study of the cases with these settings of `data`."""
    (checkout.folder / "tiny.yaml").write_text(yaml.safe_dump({**STUDY, "data": {**DATA, **data}}))


def run(checkout: Checkout, *arguments: str) -> str:
    done = checkout.snakemake("--configfile", "tests/micro.yaml", "tiny.yaml", *arguments)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def planned(checkout: Checkout) -> Counter[str]:
    text = run(checkout, "--dry-run", "--quiet", "rules")
    return Counter({rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", text, re.M)})


def cohort(checkout: Checkout) -> Checkout:
    for number, name in enumerate(NAMES):
        write_phantom(
            checkout.folder / "cases" / name,
            case=name,
            seed=number,
            size=24,
            sequences=BRATS.sequences,
        )
    overlay(checkout)
    return checkout


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A finished study of five case folders."""
    checkout = cohort(copy_workflow(tmp_path_factory.mktemp("study")))
    run(checkout)
    return checkout


@pytest.fixture
def changed(study: Checkout, tmp_path: Path) -> Checkout:
    """A copy of it, to change."""
    shutil.copytree(study.folder, tmp_path / "changed", symlinks=True)
    return Checkout(tmp_path / "changed")


def sides(checkout: Checkout) -> dict[str, list[str]]:
    with (checkout.folder / "results/tiny/split.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {s: [row["case"] for row in rows if row["split"] == s] for s in ("train", "test")}


def correct_label(checkout: Checkout, case: str, folder: str = "cases") -> None:
    """Halve the labels of a case; the file keeps its date, as rsync and unzip leave it."""
    path = checkout.folder / folder / case / f"{case}_seg.nii.gz"
    status, image = path.stat(), nib.load(path)
    labels = np.asarray(image.dataobj).copy()
    labels[:, :, : int(np.median(np.nonzero(labels)[2]))] = 0
    nib.save(nib.Nifti1Image(labels, image.affine), path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def everything(plan: Counter[str]) -> bool:
    return (plan["train"], plan["evaluate"], plan["scores"], plan["index"]) == (
        *(TRAINED, EVALUATED),
        *(1, 1),
    )


def test_a_finished_study_is_finished(study):
    assert not planned(study)


def test_a_corrected_label_of_a_training_case_runs_all_behind_it(changed):
    correct_label(changed, sides(changed)["train"][0])
    plan = planned(changed)
    assert everything(plan), plan
    assert plan["validate_case"] == plan["import_case"] == plan["preprocess"] == 1
    assert plan["split"] == plan["protocol"] == 1


def test_a_corrected_label_of_a_test_case_trains_nothing(changed):
    correct_label(changed, sides(changed)["test"][0])
    plan = planned(changed)
    assert plan["evaluate"] == EVALUATED
    assert plan["validate_case"] == plan["import_case"] == plan["preprocess"] == 1
    assert not plan["train"]


def test_another_release_of_the_data_runs_everything(changed):
    shutil.copytree(changed.folder / "cases", changed.folder / "release")
    correct_label(changed, NAMES[0], "release")
    overlay(changed, folder="release")
    plan = planned(changed)
    assert everything(plan), plan
    assert plan["validate_case"] == plan["import_case"] == plan["preprocess"] == CASES


@pytest.mark.parametrize(
    "data", [{"test_cases": True}, {"test_fraction": 0.25}, {"folds": 5, "fold": True}]
)
def test_another_split_trains_and_evaluates_and_imports_nothing(changed, data):
    now = sides(changed)
    if data.get("test_cases"):
        data = {"test_cases": [*now["test"][1:], now["train"][0]]}
    if data.get("fold"):
        data = {**data, "fold": 2}
    overlay(changed, **data)
    plan = planned(changed)
    assert everything(plan), plan
    assert plan["split"] == plan["validation"] == 1
    assert not plan["import_case"]
    assert not plan["preprocess"]


def test_a_case_more_runs_what_it_takes_part_in(changed):
    name = f"BraTS2021_{CASES:05d}"
    write_phantom(
        changed.folder / "cases" / name, case=name, seed=CASES, size=24, sequences=BRATS.sequences
    )
    overlay(changed, test_cases=sides(changed)["test"])
    plan = planned(changed)
    assert everything(plan), plan
    assert plan["validate_case"] == plan["import_case"] == plan["preprocess"] == 1


def test_a_test_case_less_is_evaluated_anew(changed):
    test = sides(changed)["test"]
    shutil.rmtree(changed.folder / "cases" / test[0])
    overlay(changed, test_cases=test[1:])
    plan = planned(changed)
    assert plan["evaluate"] == EVALUATED
    assert plan["split"] == plan["index"] == 1
    assert not plan["train"]


def test_code_that_validation_and_import_share_runs_everything(changed):
    changed.edit(*SHARED)
    plan = planned(changed)
    assert everything(plan), plan
    assert plan["validate_case"] == plan["import_case"] == plan["preprocess"] == CASES


def test_a_check_that_finds_the_same_reruns_validation_only(changed):
    path = "src/robustseg/data/validation/intensities.py"
    changed.edit(path, "NEGATIVE = 0.1", "NEGATIVE = 0.11")
    assert everything(planned(changed)), "the check may refuse a case"
    run(changed, "--", "validate")
    plan = planned(changed)
    assert not {"import_case", "preprocess", "train", "evaluate"} & set(plan), plan


@pytest.mark.parametrize(
    "data",
    [
        "  phantoms: {cases: 7, size: 32}\n  test_cases: [phantom-001, phantom-003]\n",
        "  phantoms: {cases: 7, size: 32}\n  test_fraction: 0.6\n",
        "  phantoms: {cases: 7, size: 32}\n  folds: 7\n  fold: 5\n",
        "  phantoms: {cases: 8, size: 32}\n",
    ],
)
def test_another_split_of_phantoms_trains_and_evaluates(edited, data):
    edited.edit("tests/micro.yaml", "  phantoms: {cases: 7, size: 32}\n", data)
    plan = edited.planned()
    assert plan["train"] == 5, plan
    assert plan["evaluate"] == 4 * 4 + 4 * 2 + 4 * 2, plan
    assert plan["split"] == plan["protocol"] == plan["scores"] == plan["index"] == 1
    assert plan["preprocess"] == plan["phantom"] == ("cases: 8" in data)


def test_code_that_validation_and_preprocessing_of_phantoms_share(edited):
    edited.edit(*SHARED)
    plan = edited.planned()
    assert plan["phantom"] == plan["validate_case"] == plan["preprocess"] == 7, plan
    assert plan["train"] == 5


def test_one_call_after_a_correction_gives_the_scores_of_a_fresh_study(changed, tmp_path):
    correct_label(changed, sides(changed)["train"][0])
    run(changed)
    assert not planned(changed)
    fresh = copy_workflow(tmp_path / "fresh")
    shutil.copytree(changed.folder / "cases", fresh.folder / "cases")
    overlay(fresh)
    run(fresh)
    for name in ("scores.csv", "worst_case.csv", "transfer.csv", "split.csv", "protocol.yaml"):
        mine, its = (checkout.folder / "results/tiny" / name for checkout in (changed, fresh))
        assert filecmp.cmp(mine, its, shallow=False), name


def test_dates_of_the_checkout_run_nothing(finished, tmp_path):
    """A clone is dated now; `git checkout` and `touch` date files anew."""
    clone = copy_workflow(tmp_path / "clone")
    for path in (*clone.folder.rglob("*.py"), *clone.folder.rglob("*.smk")):
        path.touch()
    for made in ("results", ".snakemake"):
        shutil.copytree(finished.folder / made, clone.folder / made, symlinks=True)
    assert not clone.planned()


def test_after_ctrl_c_the_same_command_goes_on(changed):
    scores = changed.folder / "results/tiny/scores.csv"
    before = scores.read_bytes()
    shutil.rmtree(changed.folder / "results/tiny")
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    command += ["--configfile", "tests/micro.yaml", "tiny.yaml"]
    log = changed.folder / "interrupted.txt"
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=changed.folder, stdout=file, stderr=file)
        deadline = time.monotonic() + 300
        while "Training undefended" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=300) != 0
    assert not scores.exists()
    run(changed)
    assert not planned(changed)
    assert scores.read_bytes() == before
