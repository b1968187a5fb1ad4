"""The micro-study, from phantoms to the pages, and what it leaves behind."""

import csv
import filecmp
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from .conftest import Checkout, copy_workflow

TABLES = (
    *("scores.csv", "iterations.csv", "worst_case.csv", "transfer.csv", "split.csv"),
    *("tables/table1.csv", "tables/table2.csv", "tables/verdicts.csv"),
)
HEADER = ["case", "dice_wt", "dice_tc", "dice_et", "psnr", "ssim", "rmse", "linf"]


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The micro-study once more, elsewhere and on one core."""
    checkout = copy_workflow(tmp_path_factory.mktemp("again"))
    done = checkout.micro(cores=1)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return checkout


def test_two_runs_on_one_and_two_cores_give_identical_tables(finished, again):
    first, second = (checkout.folder / "results/micro" for checkout in (finished, again))
    evaluations = [path.relative_to(first) for path in first.glob("evaluations/*/*/*.csv")]
    assert len(evaluations) == 4 * 4 + 4 * 2 + 4 * 2 + 2 * 2
    for path in (*map(Path, TABLES), *evaluations):
        assert filecmp.cmp(first / path, second / path, shallow=False), path


def test_evaluations_keep_the_contract(finished):
    folder = finished.folder / "results/micro/evaluations/undefended/fgsm"
    with (folder / "0.csv").open() as file:
        clean = list(csv.DictReader(file))
    with (folder / "0.05.csv").open() as file:
        attacked = list(csv.DictReader(file))
    assert list(clean[0]) == list(attacked[0]) == HEADER
    assert all(row[key] == "" for row in clean for key in HEADER[4:])
    assert all(0 < float(row["linf"]) <= 0.05 + 1e-6 for row in attacked)
    assert '"states": "norm=linf; clip=' in (folder / "0.05.json").read_text()


def test_everything_promised_is_there(finished):
    results = finished.folder / "results/micro"
    papers = [f"figure{number}" for number in (1, 2, 3, 4, 5, "S1", "S2")]
    for name in (*papers, "robustness", "transfer"):
        for suffix in ("png", "pdf"):
            assert (results / f"figures/{name}.{suffix}").stat().st_size > 1000
    for model in ("undefended", "noise-0.01", "teacher", "distillation-20", "adversarial-0.05"):
        assert (results / f"models/{model}/weights.safetensors").exists()
        assert len((results / f"models/{model}/history.csv").read_text().splitlines()) == 4
    assert not list((results / "checkpoints").glob("*")), "kept only until Snakemake has finished"


CATEGORIES = ("Data", "Training", "Attacks", "Defenses", "Robustness", "Statistics of cases")


def test_the_index_leads_to_everything_offline(finished):
    results = finished.folder / "results/micro"
    page = (results / "index.html").read_text()
    links = {unquote(link) for link in re.findall(r'(?:href|src)="([^#"][^"]*)"', page)}
    assert all((results / link).is_file() for link in links)
    figures = [f"figures/{path.name}" for path in (results / "figures").iterdir()]
    tables = [f"tables/{path.name}" for path in (results / "tables").iterdir()]
    pages = ("validation.html", "preprocessing.html", "protocol.html", "protocol.yaml")
    data = ("scores.csv", "split.csv", "worst_case.csv", "validation.csv")
    assert links == {*figures, *tables, *pages, *data}
    for category in CATEGORIES:
        assert f">{category}</h2>" in page
    assert "System Message" not in page  # a caption that reStructuredText could not read


def test_every_case_has_a_picture_of_its_correction(finished):
    results = finished.folder / "results/micro"
    pictures = re.findall(r'src="(.*?)"', (results / "preprocessing.html").read_text())
    assert len(pictures) == 7
    assert all((results / picture).stat().st_size > 1000 for picture in pictures)


def test_the_report_of_snakemake_is_whole_and_offline(finished, tmp_path):
    done = finished.micro("--report", str(tmp_path / "report.html"))
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "report.html").read_text()
    for category in CATEGORIES:
        assert f'"{category}"' in page
    assert "Supplemental Figure 1" in page
    assert "validation of the cases" in page
    assert "bias field correction" in page
    assert "System Message" not in page


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_worst_case_is_at_most_every_member(finished):
    results = finished.folder / "results/micro"
    members = rows(results / "scores.csv")
    worst = rows(results / "worst_case.csv")
    assert {row["epsilon"] for row in worst} == {"0", "0.05"}
    assert {row["ensemble"] for row in worst} == {"fast: fgsm + apgd-regions-half + apgd-regions"}
    for row in worst:
        for region in ("wt", "tc", "et"):
            reached = [
                float(member[f"dice_{region}"])
                for member in members
                if member["attack"] in ("fgsm", "apgd-regions-half", "apgd-regions")
                and (member["model"], member["case"]) == (row["model"], row["case"])
                and float(member["epsilon"]) <= float(row["epsilon"])
            ]
            assert float(row[f"worst_{region}"]) == min(reached)


def test_the_diagonal_of_the_transfer_matrix_is_the_evaluation(finished):
    results = finished.folder / "results/micro"
    columns = ("case", "dice_wt", "dice_tc", "dice_et")
    transfer = rows(results / "transfer.csv")
    assert len(transfer) == 4 * 4 * 3
    for model in ("undefended", "noise-0.01", "distillation-20", "adversarial-0.05"):
        own = [row for row in transfer if row["source"] == row["target"] == model]
        evaluated = rows(results / f"evaluations/{model}/apgd-regions/0.05.csv")
        assert [[row[c] for c in columns] for row in own] == [
            [row[c] for c in columns] for row in evaluated
        ]
