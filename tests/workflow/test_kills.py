"""A run that is killed again and again ends in the results of one that was not."""

import filecmp
import shutil

from .kills import run_with_kills

RESULTS = "results/micro"
MODELS = ("undefended", "noise-0.01", "teacher", "distillation-20", "adversarial-0.05")


def test_thirty_kills_change_no_result(finished, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(finished.folder, folder, symlinks=True)
    evaluations = sorted((folder / RESULTS / "evaluations").rglob("*.csv"))
    wanted = [str(path.relative_to(folder)) for path in evaluations]
    for made in ("models", "directions", "evaluations"):
        shutil.rmtree(folder / RESULTS / made)
    killed = run_with_kills(folder, *wanted, kills=30, seed=1)
    assert killed.total() == 30, killed
    assert {"train", "evaluate", "snakemake"} <= killed.keys()
    for path in (*wanted, *(f"{RESULTS}/models/{m}/weights.safetensors" for m in MODELS)):
        assert filecmp.cmp(finished.folder / path, folder / path, shallow=False), path
