"""Bad input ends in a line a problem, before anything expensive, and leaves nothing behind."""

import gzip
import os
import shutil
import time

import nibabel as nib
import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.models.networks import build_network
from robustseg.models.weights import save_weights

FOLDER = "data: {source: folder, folder: cohort, test_fraction: 0.4}"


def run(checkout, settings, *arguments):
    """Run the micro-study with further settings from an overlay."""
    (checkout.folder / "overlay.yaml").write_text(settings)
    files = ("tests/micro.yaml", "overlay.yaml")
    return checkout.snakemake("--configfile", *files, *arguments)


def lines_of(done):
    """What a user reads, without Snakemake's own lines."""
    return (done.stdout + done.stderr).splitlines()


@pytest.fixture
def cohort(checkout):
    """Five small cases in the BraTS layout beside the workflow."""
    for number in range(5):
        case = f"BraTS2021_{number:05d}"
        write_phantom(
            checkout.folder / "cohort" / case,
            case=case,
            seed=number,
            size=32,
            sequences=BRATS.sequences,
        )
    return checkout


def rewrite(path, change):
    image = nib.load(path)
    voxels = change(np.asarray(image.dataobj).astype(np.float32))
    nib.save(nib.Nifti1Image(voxels, image.affine), path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("seed: -1", "config: seed"),
        ("stud: phantoms", "config: top level"),
        ("threat_model: {clip: sometimes}", "config: threat_model.clip"),
        ("attacks: {fgsm: {epsilons: [0, -0.1]}}", "config: attacks.fgsm.epsilons.1"),
        ("attacks: {pgdd: {epsilons: [0.1]}}", "config: attacks.pgdd"),
        ("preprocessing: {size: 33}", "config: preprocessing.size"),
        ("data: {source: folder, folder: nowhere}", "nowhere"),
        ("data: {folder: nowhere}", "config: data.folder: is nowhere, but data.source is phantoms"),
        ("data: {source: phantoms, sheet: nowhere.tsv}", "config: data.sheet: is nowhere.tsv, but"),
        ("data: {folds: 3}\ndata: {fold: 0}", "overlay.yaml: data: is given 2 times (lines 1, 2)"),
        ("training: {learning_rate: 1e-3}", "config: training.learning_rate: 1e-3 is text in YAML; "
         "write 1.0e-3"),
        ("data: {test_cases: [010]}", "overlay.yaml: data.test_cases.0: 010 is the number 8 in "
         "YAML; quote it: '010'"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_said_in_one_line(checkout, setting, said):
    done = run(checkout, setting, "--dry-run")
    assert done.returncode != 0
    assert any(line.startswith(said) for line in lines_of(done)), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (checkout.folder / "results").exists()


def test_bad_cases_are_all_named_before_any_training(cohort):
    folder = cohort.folder / "cohort"
    rewrite(
        folder / "BraTS2021_00000/BraTS2021_00000_t1.nii.gz", lambda v: np.where(v > 0, np.nan, v)
    )
    rewrite(folder / "BraTS2021_00001/BraTS2021_00001_t2.nii.gz", lambda v: v * 0)
    rewrite(folder / "BraTS2021_00002/BraTS2021_00002_seg.nii.gz", lambda v: v + 7)
    path = folder / "BraTS2021_00003/BraTS2021_00003_flair.nii.gz"
    path.write_bytes(path.read_bytes()[:2000])
    done = run(cohort, FOLDER)
    assert done.returncode != 0
    said = [line for line in lines_of(done) if line.startswith("cohort/")]
    for case, sequence in (("00000", "t1"), ("00001", "t2"), ("00002", "seg"), ("00003", "flair")):
        name = f"BraTS2021_{case}/BraTS2021_{case}_{sequence}.nii.gz"
        assert sum(name in line for line in said) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (cohort.folder / "results/micro/models").exists()
    assert not (cohort.folder / "results/micro/samples").exists()


def test_missing_files_are_all_named_before_any_job(cohort):
    folder = cohort.folder / "cohort"
    (folder / "BraTS2021_00000/BraTS2021_00000_t1.nii.gz").unlink()
    (folder / "BraTS2021_00004/BraTS2021_00004_seg.nii.gz").unlink()
    done = run(cohort, FOLDER, "--dry-run")
    assert done.returncode != 0
    said = [line for line in lines_of(done) if line.startswith("cohort/")]
    assert len(said) == 2
    assert "BraTS2021_00000" in said[0]
    assert "BraTS2021_00004" in said[1]
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_files_dated_ahead_are_all_named_before_any_job(cohort, arguments):
    ahead = sorted((cohort.folder / "cohort").rglob("BraTS2021_0000[13]_*.nii.gz"))
    assert len(ahead) == 2 * 5
    for path in ahead:
        os.utime(path, (time.time() + 5 * 3600,) * 2)
    done = run(cohort, FOLDER, *arguments)
    assert done.returncode != 0
    (said,) = [line for line in lines_of(done) if line.startswith("cohort")]
    assert "has files dated ahead of now (10, " in said
    assert "touch" in said
    assert all(str(path.relative_to(cohort.folder)) in said for path in ahead)
    assert "Traceback" not in done.stdout + done.stderr
    assert not (cohort.folder / "results").exists()


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_weights_that_no_training_wrote_are_named_and_stay(checkout, arguments):
    architecture = {
        "name": "robustseg.models.unet:UNet3D",
        "filters": 2,
        "levels": 2,
        "dropout": 0.3,
    }
    models = checkout.folder / "results/micro/models"
    laid = [models / name / "weights.safetensors" for name in ("undefended", "teacher")]
    for path in laid:
        save_weights(path, build_network(architecture), architecture)
    before = [path.read_bytes() for path in laid]
    done = checkout.micro(*arguments)
    assert done.returncode != 0
    said = [line for line in lines_of(done) if line.startswith("results/micro/models/")]
    assert [line.partition(": ")[0] for line in said] == [
        str(path.relative_to(checkout.folder)) for path in laid
    ]
    assert all("move it away" in line for line in said)
    assert "Traceback" not in done.stdout + done.stderr
    assert [path.read_bytes() for path in laid] == before
    assert not (checkout.folder / "results/micro/cases").exists()


def test_a_damaged_case_folder_gzip_is_named(cohort):
    path = cohort.folder / "cohort/BraTS2021_00002/BraTS2021_00002_t1ce.nii.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"this is not NIfTI")
    done = run(cohort, FOLDER)
    assert done.returncode != 0
    assert any("BraTS2021_00002_t1ce.nii.gz" in line for line in lines_of(done))
    assert "Traceback" not in done.stdout + done.stderr


def test_a_damaged_checkpoint_of_weights_is_named(finished, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(finished.folder, folder, symlinks=True)
    checkout = type(finished)(folder)
    weights = folder / "results/micro/models/undefended/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    done = checkout.micro("--rerun-triggers", "mtime", "--forcerun", "direction")
    assert done.returncode != 0
    assert any(
        line.startswith("results/micro/models/undefended/weights") for line in lines_of(done)
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_the_slurm_profile_where_there_is_no_slurm(checkout):
    if shutil.which("sbatch"):
        pytest.skip("SLURM is installed here")
    done = checkout.micro("--profile", "slurm")
    assert done.returncode != 0
    assert any(line.startswith("sbatch: is not on the path") for line in lines_of(done))
    assert "Traceback" not in done.stdout + done.stderr
    assert not (checkout.folder / "results/micro/cases").exists()
