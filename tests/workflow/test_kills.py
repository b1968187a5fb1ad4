"""A run that is killed again and again ends in the results of one that was not."""

import filecmp
import shutil
import subprocess
import sys
import time

from .kills import COMMAND, STUDY, kind, processes, run_with_kills

RESULTS = "results/micro"
MODELS = ("undefended", "noise-0.01", "teacher", "distillation-20", "adversarial-0.05")


def test_thirty_kills_change_no_result(finished, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(finished.folder, folder, symlinks=True)
    evaluations = sorted((folder / RESULTS / "evaluations").rglob("*.csv"))
    wanted = [str(path.relative_to(folder)) for path in evaluations]
    for made in ("models", "evaluations"):
        shutil.rmtree(folder / RESULTS / made)
    killed = run_with_kills(folder, *wanted, kills=30, seed=1)
    assert killed.total() == 30, killed
    assert {"train", "evaluate", "snakemake"} <= killed.keys()
    for path in (*wanted, *(f"{RESULTS}/models/{m}/weights.safetensors" for m in MODELS)):
        assert filecmp.cmp(finished.folder / path, folder / path, shallow=False), path


def wait(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_training_that_ends_without_its_snakemake_is_not_repeated(finished, edited):
    weights = f"{RESULTS}/models/undefended/weights.safetensors"
    shutil.rmtree((edited.folder / weights).parent)
    command = [sys.executable, *COMMAND, *STUDY, "--", weights]
    run = subprocess.Popen(command, cwd=edited.folder, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: any(kind(process) == "train" for process in processes(edited.folder)))
    finally:
        run.kill()
        run.wait()
    wait(lambda: not processes(edited.folder))
    assert (edited.folder / weights).exists()
    subprocess.run(command, cwd=edited.folder, check=True, capture_output=True)
    log = (edited.folder / f"{RESULTS}/logs/train/undefended.log").read_text()
    assert "complete after epoch 3, from the checkpoint" in log
    assert filecmp.cmp(finished.folder / weights, edited.folder / weights, shallow=False)
    assert not list((edited.folder / f"{RESULTS}/checkpoints").glob("*"))


def test_the_checkpoint_of_an_interrupted_training_stays(edited):
    results = edited.folder / RESULTS
    interrupted, complete = "undefended", "noise-0.01"
    (results / "checkpoints").mkdir(exist_ok=True)
    for model in (interrupted, complete):
        (results / f"checkpoints/{model}.pt").write_bytes(b"epochs")
    (results / f"models/{interrupted}/weights.safetensors").unlink()
    wanted = [f"{RESULTS}/models/{model}/weights.safetensors" for model in (interrupted, complete)]
    done = edited.micro("--touch", *wanted)
    assert done.returncode == 0, done.stderr
    left = [path.name for path in (results / "checkpoints").iterdir()]
    assert left == [f"{interrupted}.pt"]
