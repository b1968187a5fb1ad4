"""The target `validate`: all problems together, the page, skipped cases, and what runs again."""

import csv
import shutil

import nibabel as nib
import numpy as np
import pytest
import yaml

from robustseg.data.cohort import BRATS
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.samples import read_sample

FOLDER = "my data; $(touch pwned) & 'Zürich' `touch pwned`"
RESULTS = "results/micro"
FILES = ("--configfile", "tests/micro.yaml", "overlay.yaml")


def overlay(checkout, **data):
    """Write an overlay for the cohort."""
    data = {"source": "folder", "folder": FOLDER, "test_fraction": 0.4, **data}
    text = yaml.safe_dump({"data": data}, allow_unicode=True)
    (checkout.folder / "overlay.yaml").write_text(text, encoding="utf-8")


def file(checkout, number, part):
    case = f"BraTS2021_{number:05d}"
    return checkout.folder / FOLDER / case / f"{case}_{part}.nii.gz"


def rewrite(path, change):
    image = nib.load(path)
    voxels = change(np.asarray(image.dataobj))
    nib.save(nib.Nifti1Image(voxels, image.affine), path)


def lines_of(done):
    return (done.stdout + done.stderr).splitlines()


@pytest.fixture
def cohort(checkout):
    """Seven small cases in the BraTS layout beside the workflow, in a folder of awkward name."""
    for number in range(7):
        case = f"BraTS2021_{number:05d}"
        write_phantom(
            checkout.folder / FOLDER / case,
            case=case,
            seed=number,
            size=32,
            sequences=BRATS.sequences,
        )
    overlay(checkout)
    return checkout


@pytest.fixture
def bad(cohort):
    """The cohort with two damaged cases and a copy."""
    rewrite(file(cohort, 1, "t2"), lambda voxels: voxels * 0)
    rewrite(file(cohort, 5, "seg"), lambda voxels: voxels + np.uint8(7))
    shutil.copy(file(cohort, 2, "t1"), file(cohort, 3, "t1"))
    return cohort


def test_a_killed_preprocessing_leaves_nothing_that_is_taken_for_whole(checkout):
    sample = checkout.folder / RESULTS / "samples" / "phantom-001.npz"
    target = ("--configfile", "tests/micro.yaml", "--", str(sample.relative_to(checkout.folder)))
    whole = "        np.savez(temporary, image=sample.image, labels=sample.labels)\n"
    killed = (
        "        np.savez(temporary, image=sample.image, labels=sample.labels)\n"
        "        import os, signal\n"
        "        os.truncate(temporary, temporary.stat().st_size // 2)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    checkout.edit("src/robustseg/data/samples.py", whole, killed)
    assert checkout.snakemake(*target).returncode != 0
    (left,) = sample.parent.iterdir()
    assert left.name.startswith(".")
    checkout.edit("src/robustseg/data/samples.py", killed, whole)
    done = checkout.snakemake(*target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_sample(sample, cohort=BRATS).labels.shape == (16, 16, 16)


def statuses(checkout):
    with (checkout.folder / RESULTS / "validation.csv").open(encoding="utf-8") as table:
        return {row["case"][-1]: row["status"] for row in csv.DictReader(table)}


def test_a_whole_cohort_in_an_awkward_folder_passes_and_nothing_is_executed(cohort):
    done = cohort.snakemake(*FILES, "--", "validate", f"{RESULTS}/samples/BraTS2021_00003.npz")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(statuses(cohort).values()) == {"valid"}
    assert not list(cohort.folder.rglob("pwned"))
    again = cohort.snakemake(*FILES, "--dry-run", "--", "validate")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_invalid_cases_are_all_named_and_the_page_is_there(bad):
    done = bad.snakemake(*FILES, "--", "validate")
    assert done.returncode != 0
    said = [line for line in lines_of(done) if line.startswith(f"{FOLDER}/")]
    assert len(said) == 3, done.stdout + done.stderr
    for line, number, part in zip(said, (1, 3, 5), ("t2", "t1", "seg"), strict=True):
        case = f"BraTS2021_{number:05d}"
        assert line.startswith(f"{FOLDER}/{case}/{case}_{part}.nii.gz: ")
    assert "Traceback" not in done.stdout + done.stderr
    assert [c for c, status in statuses(bad).items() if status == "invalid"] == ["1", "3", "5"]
    page = (bad.folder / RESULTS / "validation.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 7
    assert not (bad.folder / RESULTS / "samples").exists()


@pytest.mark.parametrize("arguments", [(), ("--keep-going",)])
def test_a_study_of_invalid_cases_names_all_of_them_and_trains_nothing(bad, arguments):
    done = bad.snakemake(*FILES, *arguments)
    assert done.returncode != 0
    said = [line for line in lines_of(done) if line.startswith(f"{FOLDER}/")]
    assert [line.split("_0000")[1][0] for line in sorted(said)] == ["1", "3", "5"], said
    assert "Traceback" not in done.stdout + done.stderr
    models = bad.folder / RESULTS / "models"
    assert not list(models.rglob("weights.safetensors"))


def test_a_mended_case_is_checked_again_and_no_other(bad):
    bad.snakemake(*FILES, "--", "validate")
    write_phantom(
        bad.folder / FOLDER / "BraTS2021_00001",
        case="BraTS2021_00001",
        seed=1,
        size=32,
        sequences=BRATS.sequences,
    )
    done = bad.snakemake(*FILES, "--dry-run", "--quiet", "rules", "--", "validate")
    rows = [line.split() for line in lines_of(done)]
    planned = {row[0]: row[1] for row in rows if len(row) == 2 and row[1].isdigit()}
    assert planned == {"validate_case": "1", "validation": "1", "validate": "1", "total": "3"}


def test_skipped_cases_are_in_no_training_and_named(bad):
    overlay(bad, on_invalid="skip")
    targets = ("--", f"{RESULTS}/models/undefended/weights.safetensors")
    done = bad.snakemake(*FILES, *targets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(line.startswith("skipped: ") for line in lines_of(done)) == 3
    with (bad.folder / RESULTS / "validation.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    sides = {row["case"]: row["split"] if row["status"] == "valid" else "skipped" for row in rows}
    assert [case[-1] for case, side in sides.items() if side == "skipped"] == ["1", "3", "5"]
    samples = sorted(path.stem for path in (bad.folder / RESULTS / "samples").glob("*.npz"))
    assert samples == [case for case, side in sides.items() if side == "train"]
    again = bad.snakemake(*FILES, "--dry-run", *targets)
    assert "Nothing to be done" in again.stdout + again.stderr, again.stdout


def test_too_many_skipped_cases_are_an_error(bad):
    overlay(bad, on_invalid="skip", min_test_cases=3)
    done = bad.snakemake(*FILES, "--", "validate")
    assert done.returncode != 0
    assert any(line.startswith("test cases: ") for line in lines_of(done))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"min_test_cases": 4}, "test cases: 3, fewer than data.min_test_cases 4"),
        ({"folds": 8}, "folds: 7 subjects cannot be dealt to 8 folds"),
        ({"folds": 3, "fold": 3}, "config: data.fold: 3 is not below data.folds 3"),
        ({"folds": 3, "test_cases": ["x"]}, "config: data.folds: cannot be combined"),
        ({"test_cases": ["x; touch pwned"]}, "test cases: no case is named x; touch pwned"),
        ({"source": "sheet"}, "config: data.sheet: is empty"),
        ({"source": "sheet", "sheet": "a\nb"}, "config: data.sheet: 'a\\nb' has control"),
        ({"source": "sheet", "sheet": "$(touch pwned).tsv"}, "$(touch pwned).tsv: cannot be"),
        ({"folder": "; touch pwned"}, "; touch pwned: no such folder"),
        ({"folder": "{case}"}, "{case}: no such folder"),
        ({"folder": FOLDER, "layout": "$(touch pwned)"}, "config: data.layout"),
    ],
)
def test_impossible_data_settings_are_one_line(cohort, data, said):
    overlay(cohort, **data)
    done = cohort.snakemake(*FILES, "--dry-run")
    assert done.returncode != 0
    assert any(line.startswith(said) for line in lines_of(done)), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(cohort.folder.rglob("pwned"))


@pytest.mark.parametrize("study", ["a b", "a;b", "$(touch pwned)", "../a", "{x}", "Zürich"])
def test_names_of_studies_are_names_of_folders(checkout, study):
    (checkout.folder / "overlay.yaml").write_text(yaml.safe_dump({"study": study}))
    done = checkout.snakemake(*FILES, "--dry-run")
    assert done.returncode != 0
    assert any(line.startswith("config: study: ") for line in lines_of(done))
    assert not list(checkout.folder.rglob("pwned"))


def test_a_sheet_of_cases_is_validated_and_split_as_it_says(cohort):
    columns = ("case", "t1", "t1gd", "t2", "flair", "label", "fold")
    rows = ["\t".join(columns)]
    for number in range(7):
        paths = [file(cohort, number, part) for part in ("t1", "t1ce", "t2", "flair", "seg")]
        relative = [str(path.relative_to(cohort.folder)) for path in paths]
        rows.append("\t".join([f"case-{number}", *relative, str(number % 3)]))
    (cohort.folder / "cases.tsv").write_text("\n".join(rows), encoding="utf-8")
    overlay(cohort, source="sheet", sheet="cases.tsv", folds="sheet", fold=2)
    done = cohort.snakemake(*FILES, "--", "validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(cohort) == dict.fromkeys("0123456", "valid")
    with (cohort.folder / RESULTS / "validation.csv").open(encoding="utf-8") as table:
        tested = [row["case"] for row in csv.DictReader(table) if row["split"] == "test"]
    assert tested == ["case-2", "case-5"]
