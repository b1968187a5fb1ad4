"""An evaluation from files to files."""

import csv
import json

import numpy as np
import pytest
import torch

from robustseg.attacks.registry import ATTACKS, PROBLEM
from robustseg.data.cohort import BRATS
from robustseg.data.samples import Sample, write_sample
from robustseg.data.tensors import read_volumes
from robustseg.evaluation.evaluation import Evaluated
from robustseg.evaluation.example import Example
from robustseg.evaluation.run import Outputs, evaluate_model
from robustseg.models.networks import build_network
from robustseg.models.weights import save_weights
from robustseg.runtime.errors import InputError
from robustseg.threat.threat_model import ThreatModel

ARCHITECTURE = {"name": "robustseg.models.unet:UNet3D", "filters": 2, "levels": 2}
REQUEST = {
    "network": ARCHITECTURE["name"],
    "cohort": BRATS.as_json(),
    "threat_model": {"reference": "volume", "clip": "sequence", "support": "volume"},
    "loss": {"include_background": True, "squared": False, "smooth": 1e-5},
    "batch_size": 2,
    "seed": 5,
}
STEPS = {"step_size": 0.02, "relative_step": 0.4, "iterations": 2, "target_class": 1, "queries": 5}


@pytest.fixture
def files(tmp_path):
    generator = np.random.default_rng(0)
    samples = []
    for number in range(5):
        labels = np.zeros((8, 8, 8), np.uint8)
        labels[2:6, 2:6, 2:6] = 2
        labels[3:5, 3:5, 3 : 3 + (number % 3)] = 3
        image = generator.normal(size=(4, 8, 8, 8)).astype(np.float32)
        path = tmp_path / f"case-{number}.npz"
        write_sample(path, Sample(image=image, labels=labels))
        samples.append(str(path))
    weights = str(tmp_path / "weights.safetensors")
    save_weights(weights, build_network(ARCHITECTURE), ARCHITECTURE)
    return {"weights": weights, "samples": samples}


def evaluate(folder, files, attack, epsilon=0.05, *, iterations=False, **changes):
    outputs = Outputs(
        scores=str(folder / "s.csv"),
        protocol=str(folder / "p.json"),
        example=str(folder / "e.npz"),
        iterations=str(folder / "i.csv") if iterations else None,
    )
    told = {key: STEPS[key] for key in ATTACKS[attack].parameters}
    settings = {
        "attack": ATTACKS[attack].attack,
        "problem": {key: told.pop(key) for key in PROBLEM if key in told},
        "parameters": told,
    }
    evaluate_model(
        {**REQUEST, **settings, **changes},
        model="undefended", attack=attack, epsilon=epsilon,
        **files, statistics=None, outputs=outputs, threads=1,
    )  # fmt: skip
    return outputs


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "attack", ["fgsm", "i-fgsm", "ti-fgsm", "random-signs", "pgd", "sea", "square"]
)
def test_files_of_an_evaluation(tmp_path, files, attack):
    outputs = evaluate(tmp_path / "a", files, attack, iterations="i-" in attack)
    scores = rows(outputs.scores)
    assert [row["case"] for row in scores] == [f"case-{n}" for n in range(5)]
    assert ",".join(scores[0]) == "case,dice_wt,dice_tc,dice_et,psnr,ssim,rmse,linf"
    assert all(float(row["linf"]) <= 0.05 * (1 + 1e-5) for row in scores)
    protocol = json.loads((tmp_path / "a" / "p.json").read_text())
    assert protocol["attack"] == attack
    assert protocol["states"].startswith("norm=linf; clip=sequence")

    with np.load(outputs.example, allow_pickle=False) as example:
        assert example["image"].shape == (4, 8, 8)
        assert example["prediction"].dtype == example["labels"].dtype == np.uint8
        assert str(example["case"]) == "case-2"  # the most enhancing voxels, first of equals
        row = scores[2]
        expected = [float(row[f"dice_{region}"]) for region in ("wt", "tc", "et")]
        assert example["dice"] == pytest.approx(expected)
        assert (example["labels"] == 3).any()
    if outputs.iterations:
        assert len(rows(outputs.iterations)) == 5 * 3


@pytest.mark.parametrize("attack", ["fgsm", "random-signs"])
def test_portions_change_nothing(tmp_path, files, attack):
    first = rows(evaluate(tmp_path / "a", files, attack, batch_size=2).scores)
    second = rows(evaluate(tmp_path / "b", files, attack, batch_size=5).scores)
    for one, other in zip(first, second, strict=True):
        assert one.pop("case") == other.pop("case")
        for key in one:
            assert float(one[key]) == pytest.approx(float(other[key]), rel=1e-4, abs=1e-5)


def test_again_is_the_same_bytes(tmp_path, files):
    for folder in ("a", "b"):
        evaluate(tmp_path / folder, files, "i-fgsm", iterations=True)
    for name in ("s.csv", "i.csv", "p.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_noise_of_a_case_does_not_depend_on_the_other_cases(tmp_path, files):
    fewer = {**files, "samples": files["samples"][3:]}
    everyone = rows(evaluate(tmp_path / "a", files, "random-signs").scores)
    alone = rows(evaluate(tmp_path / "b", fewer, "random-signs").scores)
    assert [row["ssim"] for row in alone] == [row["ssim"] for row in everyone[3:]]


def test_every_case_has_noise_of_its_own(tmp_path, files):
    twin = tmp_path / "twin.npz"
    twin.write_bytes((tmp_path / "case-0.npz").read_bytes())
    inputs = {**files, "samples": [files["samples"][0], str(twin)]}
    first, second = rows(evaluate(tmp_path / "a", inputs, "random-signs").scores)
    assert first["ssim"] != second["ssim"]
    other = rows(evaluate(tmp_path / "b", inputs, "random-signs", seed=6).scores)
    assert first["ssim"] != other[0]["ssim"]


def test_clean_row_has_empty_quality(tmp_path, files):
    for row in rows(evaluate(tmp_path / "a", files, "fgsm", 0.0).scores):
        assert [row[key] for key in ("psnr", "ssim", "rmse", "linf")] == [""] * 4


def test_missing_weights_end_the_evaluation(tmp_path, files):
    inputs = {**files, "weights": str(tmp_path / "none.safetensors")}
    with pytest.raises(InputError, match=r"none\.safetensors"):
        evaluate(tmp_path / "a", inputs, "fgsm")
    assert not (tmp_path / "a").exists()


def test_brain_support_is_kept(tmp_path, files):
    image, _, _ = read_volumes(files["samples"], statistics=None, cohort=BRATS)
    threat = {"reference": "volume", "clip": "none", "support": "brain"}
    outputs = evaluate(tmp_path / "a", files, "random-signs", threat_model=threat)
    assert len(rows(outputs.scores)) == len(image)
    assert ThreatModel(**threat).describe() in (tmp_path / "a" / "p.json").read_text()


@pytest.mark.parametrize(("counts", "expected"), [([0, 0, 0], 0), ([1, 5, 2], 1), ([2, 2, 1], 0)])
@pytest.mark.parametrize("together", [1, 3])
def test_example_is_the_case_with_most_enhancing_tumor(tmp_path, counts, expected, together):
    example, labels = Example(BRATS), torch.zeros(3, 4, 4, 4, dtype=torch.long)
    for case, count in enumerate(counts):
        labels[case].view(-1)[20:] = 1
        labels[case].view(-1)[:count] = 3
    for first in range(0, 3, together):
        part = slice(first, first + together)
        rows_ = [
            {"case": str(case), "dice_wt": 1.0, "dice_tc": 0.5, "dice_et": 0.25}
            for case in range(3)[part]
        ]
        volumes = torch.ones(len(rows_), 4, 4, 4, 4)
        some = Evaluated(
            rows=rows_, iterations=[], adversarial=volumes, prediction=labels[part].clone()
        )
        example.update(some, labels[part])
    example.write(tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz", allow_pickle=False) as written:
        assert str(written["case"]) == str(expected)
        assert written["dice"].tolist() == [1, 0.5, 0.25]
