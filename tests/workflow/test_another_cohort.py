"""The whole study on cohorts that are not of brain tumors, and what is said of bad ones."""

import csv

import nibabel as nib
import numpy as np
import pytest
import yaml

from ..another_cohort import CT, KNEE, write_cohort

RESULTS = "results/micro"
FILES = ("--configfile", "tests/micro.yaml", "overlay.yaml")
SMALLER = {
    "models": [
        {"name": "undefended", "defense": "undefended"},
        {"name": "adversarial-0.05", "defense": "adversarial", "epsilon": 0.05},
    ],
    "training": {"epochs": 2},
    "tables": {"table2_epsilons": [0, 0.05]},
    "attacks": {"fgsm": {"epsilons": [0, 0.03, 0.05]}, "random-signs": {"epsilons": [0.05]}},
}
QUALITY = ["psnr", "ssim", "rmse"]


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def regions_of(settings):
    return [entry["name"] for entry in settings["cohort"]["regions"]]


@pytest.fixture(scope="module", params=[CT, KNEE], ids=["ct", "knee"])
def study(request, tmp_path_factory):
    """Return the results of a small study, and its settings."""
    from .conftest import copy_workflow

    checkout = copy_workflow(tmp_path_factory.mktemp("another"))
    write_cohort(checkout.folder, {**request.param, **SMALLER}, cases=5)
    done = checkout.snakemake(*FILES)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return checkout.folder / RESULTS, request.param


def test_regions_are_the_columns_of_every_table(study):
    results, settings = study
    regions = regions_of(settings)
    dice = [f"dice_{region}" for region in regions]
    scores = rows(results / "scores.csv")
    assert list(scores[0]) == [
        *("model", "attack", "epsilon", "case"),
        *(*dice, *QUALITY, "linf", "threat_model"),
    ]
    assert all(0 <= float(row[column]) <= 1 for row in scores for column in dice)
    (worst, *_) = rows(results / "worst_case.csv")
    assert [name for name in worst if name.startswith("worst_")] == [f"worst_{r}" for r in regions]
    (transfer, *_) = rows(results / "transfer.csv")
    assert [name for name in transfer if name.startswith("dice_")] == dice
    second = rows(results / "tables/table2.csv")
    assert list(dict.fromkeys(row["region"] for row in second)) == regions
    for table in ("table1", "table2", "verdicts"):
        text = (results / f"tables/{table}.csv").read_text()
        page = (results / f"tables/{table}.html").read_text()
        assert "paper_dice" not in text
        assert all(region in page for region in regions)
        assert not any(word in page for word in ("tumor", "WT", "phantom"))
    assert "left out: other regions than the paper&#39;s." in page_of(results, "table1")


def page_of(results, table):
    return (results / f"tables/{table}.html").read_text()


def test_the_network_has_the_channels_of_the_cohort(study):
    from safetensors import safe_open

    results, settings = study
    path = results / "models/undefended/weights.safetensors"
    with safe_open(path, framework="np") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    cohort = settings["cohort"]
    assert any(shape[1:] == [len(cohort["sequences"]), 3, 3, 3] for shape in shapes)
    heads = [shape for shape in shapes if shape[1:] and shape[2:] == [1, 1, 1]]
    assert any(shape[0] == len(cohort["classes"]) + 1 for shape in heads)


def test_the_validation_has_the_classes_and_sequences_of_the_cohort(study):
    results, settings = study
    table = rows(results / "validation.csv")
    assert {row["status"] for row in table} == {"valid"}
    assert {row["orientation"] for row in table} == {"LPS"}
    for entry in settings["cohort"]["classes"]:
        assert all(float(row[f"{entry['name']}_ml"]) > 0 for row in table)
    for sequence in settings["cohort"]["sequences"]:
        assert all(row[f"{sequence}_sha256"] for row in table)


def test_the_pages_and_the_figures_are_there(study):
    results, settings = study
    for name in ("figure1", "figure2", "figure4", "figure5", "figureS1", "robustness", "transfer"):
        assert (results / f"figures/{name}.png").stat().st_size > 1000
    assert "System Message" not in (results / "index.html").read_text()
    # Without N4 the page has slices and histograms only.
    page = (results / "preprocessing.html").read_text()
    corrected = settings["cohort"].get("bias_correction") != "none"
    assert ("N4 with a step" in page) == corrected


@pytest.fixture
def listed(checkout):
    """A cohort of five cases with a sheet, beside the workflow."""
    write_cohort(checkout.folder, KNEE, cases=5)
    return checkout


def refused(checkout, *arguments):
    done = checkout.snakemake(*FILES, *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    return (done.stdout + done.stderr).splitlines()


def test_mistakes_in_the_configuration_are_said_together_before_any_job(listed):
    overlay = listed.folder / "overlay.yaml"
    settings = yaml.safe_load(overlay.read_text())
    settings["cohort"]["classes"].append({"name": "bone", "label": 10})
    settings["cohort"]["regions"] += [
        {"name": "left knee", "labels": [20]},
        {"name": "empty", "labels": []},
        {"name": "other", "labels": [30]},
    ]
    overlay.write_text(yaml.safe_dump(settings))
    said = [line for line in refused(listed, "--dry-run") if line.startswith("config: cohort.")]
    assert len(said) == 5
    assert not (listed.folder / "results").exists()


def test_a_sheet_without_a_sequence_is_one_line(listed):
    sheet = listed.folder / "cases.tsv"
    sheet.write_text(sheet.read_text().replace("T2_map", "t2", 1))
    lines = refused(listed, "--dry-run")
    assert any(line.startswith("cases.tsv: has no column T2_map; ") for line in lines)
    assert not (listed.folder / "results").exists()


def test_labels_outside_the_list_are_all_named_before_any_training(listed):
    for number in (1, 3):
        path = listed.folder / f"case-{number}_label.nii.gz"
        image = nib.load(path)
        voxels = np.where(np.asarray(image.dataobj) == 20, 30, np.asarray(image.dataobj))
        nib.save(nib.Nifti1Image(voxels, image.affine), path)
    said = [line for line in refused(listed) if "label value 30 is not one of [0, 10, 20]" in line]
    assert [line.split(":")[0] for line in said] == ["case-1_label.nii.gz", "case-3_label.nii.gz"]
    assert not (listed.folder / RESULTS / "models").exists()
