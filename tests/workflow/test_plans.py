"""What dry runs of the shipped configurations plan."""

import pytest
import yaml
from snakemake.utils import update_config

from robustseg.study.study import Study

from .conftest import ROOT, Checkout

SUFFIXES = ("t1", "t1ce", "t2", "flair", "seg")
ATTACKED, EPSILONS, NOISE = 10, 11, 3
ADAPTIVE = 2  # what the ensemble `fast` adds, each at one epsilon


def planned(checkout: Checkout, *arguments: str) -> dict[str, int]:
    done = checkout.snakemake("--dry-run", "--quiet", "rules", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (line.split() for line in (done.stdout + done.stderr).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


@pytest.fixture
def stubs(checkout: Checkout) -> Checkout:
    """The names of a BraTS 2017 training set of 283 subjects, without contents."""
    for number in range(283):
        case = f"Brats17_TCIA_{number:03d}_1"
        folder = checkout.folder / "stubs" / ("HGG" if number < 210 else "LGG") / case
        folder.mkdir(parents=True)
        for suffix in SUFFIXES:
            (folder / f"{case}_{suffix}.nii.gz").touch()
    return checkout


def test_the_default_study_trains_eleven_networks_and_attacks_ten(checkout):
    jobs = planned(checkout)
    assert jobs["train"] == 11
    assert jobs["evaluate"] == ATTACKED * (EPSILONS + NOISE + ADAPTIVE)
    assert jobs["evaluate_iterative"] == 2
    assert jobs["transfer"] == ATTACKED  # one a source
    assert jobs["examine"] == jobs["verdict"] == ATTACKED
    for aggregate in ("worst_case", "transfer_matrix", "transfer_figure", "robustness", "verdicts"):
        assert jobs[aggregate] == 1


def test_the_plan_is_whole_from_the_start_unless_cases_are_skipped(checkout):
    """Every plan made anew would join the groups of a cluster's jobs again."""
    told = "checkpoint jobs"
    whole, skipping = (
        checkout.snakemake("-n"),
        checkout.snakemake("-n", "--config", "data={on_invalid: skip}"),
    )
    assert told not in whole.stdout + whole.stderr
    assert told in skipping.stdout + skipping.stderr


def test_the_papers_study_plans_283_cases(stubs):
    jobs = planned(stubs, "--configfile", "config/paper.yaml", "--config", "data={folder: stubs}")
    assert jobs["validate_case"] == jobs["import_case"] == jobs["preprocess"] == 283
    assert jobs["train"] == 9 + 4  # a teacher for each temperature
    assert jobs["evaluate"] == 9 * (EPSILONS + NOISE + 3 * ADAPTIVE)
    assert jobs["transfer"] == 9


def test_an_attack_outside_the_ensemble_makes_the_transfer_matrix(checkout):
    settings = "adaptive: {ensemble: paper, transfer: {attack: sea, epsilon: 0.1}}"
    (checkout.folder / "overlay.yaml").write_text(settings)
    jobs = planned(checkout, "--configfile", "overlay.yaml")
    assert jobs["transfer"] == ATTACKED
    assert jobs["evaluate"] == ATTACKED * (EPSILONS + NOISE)


def test_a_study_without_iterative_attacks_plans_none(checkout):
    settings = "attacks: {i-fgsm: null, ti-fgsm: null}"
    (checkout.folder / "overlay.yaml").write_text(settings)
    jobs = planned(checkout, "--configfile", "overlay.yaml")
    assert "evaluate_iterative" not in jobs
    assert "iterations" not in jobs
    assert jobs["evaluate"] == ATTACKED * (EPSILONS + NOISE + ADAPTIVE)


def test_a_fifth_of_283_subjects_is_57(stubs):
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    update_config(config, yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    config["data"]["folder"] = str(stubs.folder / "stubs")
    split = Study(config).split
    assert len(split.test) == 57
    assert len(split.train) == 226
