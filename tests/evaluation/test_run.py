"""An evaluation from files to files."""

import csv
import json

import numpy as np
import pytest
import torch

from robustseg.attacks.fgsm import fgsm_direction
from robustseg.data.samples import Sample, write_sample
from robustseg.data.tensors import read_volumes
from robustseg.evaluation.example import find_example
from robustseg.evaluation.run import Inputs, Outputs, run
from robustseg.evaluation.stored_direction import write_direction
from robustseg.models.networks import build_network
from robustseg.models.weights import load_model, save_weights
from robustseg.runtime.errors import InputError
from robustseg.threat.threat_model import ThreatModel

ARCHITECTURE = {"name": "unet3d", "filters": 2, "levels": 2}
REQUEST = {
    "method": "fgsm",
    "parameters": {},
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
    return Inputs(weights=weights, samples=samples)


def evaluate(folder, files, attack, epsilon=0.05, *, iterations=False, **changes):
    outputs = Outputs(
        scores=str(folder / "s.csv"),
        protocol=str(folder / "p.json"),
        example=str(folder / "e.npz"),
        iterations=str(folder / "i.csv") if iterations else None,
    )
    run(
        {**REQUEST, "method": attack, **changes},
        model="undefended", attack=attack, epsilon=epsilon,
        inputs=files, outputs=outputs, threads=1,
    )  # fmt: skip
    return outputs


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "attack", ["fgsm", "i-fgsm", "ti-fgsm", "random-signs", "pgd", "sea", "square"]
)
def test_files_of_an_evaluation(tmp_path, files, attack):
    outputs = evaluate(tmp_path / "a", files, attack, parameters=STEPS, iterations="i-" in attack)
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
        evaluate(tmp_path / folder, files, "i-fgsm", parameters=STEPS, iterations=True)
    for name in ("s.csv", "i.csv", "p.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_fgsm_along_a_stored_direction_is_the_same_file(tmp_path, files):
    image, labels, cases = read_volumes(files.samples, statistics=None)
    model = load_model(files.weights)
    direction = torch.cat(
        [fgsm_direction(model, image[part], labels[part]) for part in (slice(0, 2), slice(2, 5))]
    )
    stored = str(tmp_path / "d.npz")
    write_direction(stored, direction, cases)
    inputs = Inputs(weights=files.weights, samples=files.samples, direction=stored)
    directly = evaluate(tmp_path / "a", files, "fgsm").scores
    along = evaluate(tmp_path / "b", inputs, "fgsm").scores
    assert rows(directly) == rows(along)
    # Of other cases it is refused.
    fewer = Inputs(weights=files.weights, samples=files.samples[:4], direction=stored)
    with pytest.raises(InputError, match="other test cases"):
        evaluate(tmp_path / "c", fewer, "fgsm")
    assert not (tmp_path / "c" / "s.csv").exists()


def test_noise_of_a_case_does_not_depend_on_the_other_cases(tmp_path, files):
    fewer = Inputs(weights=files.weights, samples=files.samples[3:])
    everyone = rows(evaluate(tmp_path / "a", files, "random-signs").scores)
    alone = rows(evaluate(tmp_path / "b", fewer, "random-signs").scores)
    assert [row["ssim"] for row in alone] == [row["ssim"] for row in everyone[3:]]


def test_every_case_has_noise_of_its_own(tmp_path, files):
    twin = tmp_path / "twin.npz"
    twin.write_bytes((tmp_path / "case-0.npz").read_bytes())
    inputs = Inputs(weights=files.weights, samples=[files.samples[0], str(twin)])
    first, second = rows(evaluate(tmp_path / "a", inputs, "random-signs").scores)
    assert first["ssim"] != second["ssim"]
    other = rows(evaluate(tmp_path / "b", inputs, "random-signs", seed=6).scores)
    assert first["ssim"] != other[0]["ssim"]


def test_clean_row_has_empty_quality(tmp_path, files):
    for row in rows(evaluate(tmp_path / "a", files, "fgsm", 0.0).scores):
        assert [row[key] for key in ("psnr", "ssim", "rmse", "linf")] == [""] * 4


def test_missing_weights_end_the_evaluation(tmp_path, files):
    inputs = Inputs(weights=str(tmp_path / "none.safetensors"), samples=files.samples)
    with pytest.raises(InputError, match=r"none\.safetensors"):
        evaluate(tmp_path / "a", inputs, "fgsm")
    assert not (tmp_path / "a").exists()


def test_brain_support_is_kept(tmp_path, files):
    image, _, _ = read_volumes(files.samples, statistics=None)
    threat = {"reference": "volume", "clip": "none", "support": "brain"}
    outputs = evaluate(tmp_path / "a", files, "random-signs", threat_model=threat)
    assert len(rows(outputs.scores)) == len(image)
    assert ThreatModel(**threat).describe() in (tmp_path / "a" / "p.json").read_text()


@pytest.mark.parametrize(("counts", "expected"), [([0, 0, 0], 0), ([1, 5, 2], 1), ([2, 2, 1], 0)])
def test_example_is_the_case_with_most_enhancing_tumour(tmp_path, counts, expected):
    paths = []
    for case, count in enumerate(counts):
        labels = np.zeros((4, 4, 4), np.uint8)
        labels.reshape(-1)[:count] = 3
        labels.reshape(-1)[20:] = 1
        paths.append(str(tmp_path / f"{case}.npz"))
        sample = Sample(image=np.ones((4, 4, 4, 4), np.float32), labels=labels)
        write_sample(tmp_path / f"{case}.npz", sample)
    assert find_example(paths) == expected
