"""A run that is killed again and again ends in the results of one that was not."""

import filecmp
import shutil

from .kills import run_with_kills

RESULTS = "results/micro"
MODELS = ("undefended", "noise-0.01")
EVALUATIONS = [
    *(f"{model}/fgsm/{epsilon}" for model in MODELS for epsilon in (0, 0.05)),
    "undefended/i-fgsm/0.05",
]


def test_six_kills_change_no_result(finished, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(finished.folder, folder, symlinks=True)
    for made in ("models", "directions", "evaluations"):
        shutil.rmtree(folder / RESULTS / made)
    wanted = [f"{RESULTS}/evaluations/{name}.csv" for name in EVALUATIONS]
    killed = run_with_kills(folder, *wanted, kills=6, seed=1)
    assert killed.total() >= 4
    assert killed.keys() - {"snakemake"}, "no job's script was hit"
    for path in (*wanted, *(f"{RESULTS}/models/{m}/weights.safetensors" for m in MODELS)):
        assert filecmp.cmp(finished.folder / path, folder / path, shallow=False), path
