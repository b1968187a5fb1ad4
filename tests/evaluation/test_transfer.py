"""The transfer matrix: its diagonal is the evaluation, its other cells are by hand."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from robustseg.data.cohort import BRATS
from robustseg.data.samples import Sample, write_sample
from robustseg.data.tensors import read_volumes
from robustseg.evaluation.run import Outputs, evaluate_model
from robustseg.evaluation.transfer import transfer_row
from robustseg.metrics.dice import dice
from robustseg.models.networks import build_network
from robustseg.models.weights import load_model, save_weights
from robustseg.runtime.errors import InputError

ARCHITECTURE = {"name": "robustseg.models.unet:UNet3D", "filters": 2, "levels": 2}
EPSILON = 0.1
REQUEST = {
    "attack": "robustseg.attacks.pgd:pgd",
    "parameters": {"relative_step": 0.25, "iterations": 3},
    "problem": {"objective": "robustseg.threat.objectives:Dice", "scale": "gap"},
    "network": ARCHITECTURE["name"],
    "cohort": BRATS.as_json(),
    "threat_model": {"reference": "volume", "clip": "volume", "support": "volume"},
    "loss": {"include_background": True, "squared": False, "smooth": 1e-5},
    "batch_size": 2,
    "seed": 5,
}
FGSM = {**REQUEST, "attack": "robustseg.attacks.fgsm:fgsm", "parameters": {}, "problem": {}}


@pytest.fixture
def samples(tmp_path: Path) -> list[str]:
    generator = np.random.default_rng(0)
    paths = []
    for number in range(3):
        labels = np.zeros((8, 8, 8), np.uint8)
        labels[2:6, 2:6, 2:6] = 2
        labels[3:5, 3:5, 3 : 4 + number] = 3
        image = generator.normal(size=(4, 8, 8, 8)).astype(np.float32)
        write_sample(tmp_path / f"case-{number}.npz", Sample(image=image, labels=labels))
        paths.append(str(tmp_path / f"case-{number}.npz"))
    return paths


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, str]:
    paths = {}
    for seed, name in enumerate(("second", "first", "third")):
        torch.manual_seed(seed)
        paths[name] = str(tmp_path / f"{name}.safetensors")
        save_weights(paths[name], build_network(ARCHITECTURE), ARCHITECTURE)
    return paths


def transfer(folder, weights, samples, source="first", request=REQUEST):
    output = folder / f"{source}.csv"
    transfer_row(
        request, source=source, weights=weights, samples=samples, statistics=None,
        epsilon=EPSILON, output=str(output), threads=1,
    )  # fmt: skip
    return rows(output)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("request_", [REQUEST, FGSM], ids=["pgd", "fgsm"])
def test_the_diagonal_is_the_evaluation_to_the_last_digit(tmp_path, weights, samples, request_):
    outputs = {name: str(tmp_path / "e" / name) for name in ("scores", "protocol", "example.npz")}
    evaluate_model(
        request_,
        model="first",
        attack="mine",
        epsilon=EPSILON,
        weights=weights["first"],
        samples=samples,
        statistics=None,
        outputs=Outputs(
            scores=outputs["scores"],
            protocol=outputs["protocol"],
            example=outputs["example.npz"],
        ),
        threads=1,
    )
    evaluated = [
        {key: row[key] for key in ("case", "dice_wt", "dice_tc", "dice_et")}
        for row in rows(outputs["scores"])
    ]
    found = transfer(tmp_path, weights, samples, request=request_)
    own = [row for row in found if row.pop("target") == "first"]
    assert own == evaluated


def test_targets_and_cases_are_in_order(tmp_path, weights, samples):
    found = transfer(tmp_path, weights, samples)
    assert ",".join(found[0]) == "target,case,dice_wt,dice_tc,dice_et"
    expected = [(name, f"case-{n}") for name in ("second", "first", "third") for n in range(3)]
    assert [(row["target"], row["case"]) for row in found] == expected


def test_a_twin_of_the_source_scores_as_the_source(tmp_path, weights, samples):
    torch.manual_seed(1)
    twin = str(tmp_path / "twin.safetensors")
    save_weights(twin, build_network(ARCHITECTURE), ARCHITECTURE)
    found = transfer(tmp_path, {**weights, "twin": twin}, samples)
    scores = {
        name: [row for row in found if row["target"] == name] for name in ("first", "twin", "third")
    }
    for rows_ in scores.values():
        for row in rows_:
            del row["target"]
    assert scores["twin"] == scores["first"]
    assert scores["third"] != scores["first"]


def test_at_epsilon_0_every_source_shows_the_clean_volumes(tmp_path, weights, samples):
    image, labels, _ = read_volumes(samples, statistics=None, cohort=BRATS)
    output = tmp_path / "clean.csv"
    transfer_row(
        REQUEST, source="third", weights=weights, samples=samples, statistics=None,
        epsilon=0, output=str(output), threads=1,
    )  # fmt: skip
    found = rows(output)
    for name, path in weights.items():
        with torch.no_grad():
            prediction = load_model(path)(image).argmax(1)
        for region, classes in BRATS.regions.items():
            values = [float(row[f"dice_{region}"]) for row in found if row["target"] == name]
            assert values == pytest.approx(dice(prediction, labels, classes).tolist())


def test_a_target_with_infinite_logits_is_named_and_nothing_is_written(tmp_path, weights, samples):
    model = build_network(ARCHITECTURE)
    with torch.no_grad():
        next(model.parameters()).fill_(torch.nan)
    broken = str(tmp_path / "broken.safetensors")
    save_weights(broken, model, ARCHITECTURE)
    with pytest.raises(InputError, match=r"broken\.safetensors: the model's logits"):
        transfer(tmp_path / "out", {**weights, "broken": broken}, samples)
    assert not (tmp_path / "out" / "first.csv").exists()
