"""Several training seeds: what a further one runs, and what a finished study of two shows."""

import csv
import filecmp
import json
import re
import shutil
from pathlib import Path

import pytest

from robustseg.diagnostics.verdict import TRANSFER

from .conftest import Checkout
from .test_rerun import AGGREGATES

MODELS = ("undefended", "noise-0.01", "distillation-20", "adversarial-0.05")
TRAINED = {*MODELS, "teacher"}
JOBS = {
    "train": 5,
    "evaluate": 4 * 4 + 4 * 2 + 4 * 2,
    "evaluate_iterative": 2,
    "examine": 4,
    "verdict": 4,
}
REGIONS = ("wt", "tc", "et")


def listed(checkout: Checkout, *seeds: int) -> None:
    checkout.edit("config/config.yaml", "seeds: null ", f"seeds: {list(seeds)} ")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_two_seeds_are_twice_the_jobs_and_one_transfer_matrix(checkout):
    once = checkout.planned()
    listed(checkout, 0, 1)
    twice = checkout.planned()
    assert {rule: once[rule] for rule in JOBS} == JOBS
    assert {rule: twice[rule] for rule in JOBS} == {rule: 2 * n for rule, n in JOBS.items()}
    assert {rule: n for rule, n in twice.items() if rule not in (*JOBS, "total")} == {
        rule: n for rule, n in once.items() if rule not in (*JOBS, "total")
    }


def test_the_studys_own_seed_as_the_only_one_runs_nothing_heavy(edited):
    listed(edited, 0)
    assert set(edited.planned()) <= {"protocol", "index", "default", "total"}


def test_a_further_seed_runs_its_own_networks_and_what_aggregates(edited):
    listed(edited, 0, 5)
    planned = edited.planned()
    assert {rule: planned[rule] for rule in JOBS} == JOBS
    assert "transfer" not in planned
    # What shows only the first seed's networks says so from now on.
    aggregates = AGGREGATES - {"transfer_matrix"} | {"training_curves", "protocol"}
    assert set(planned) <= {*JOBS, "total"} | aggregates
    done = edited.micro("--dry-run")
    messages = re.findall(r"^Job \d+: (.+)\nReason: (.+)$", done.stdout + done.stderr, re.M)
    reasons = dict(messages)
    trainings = {message for message in reasons if message.startswith("Training ")}
    assert trainings - {"Training curves"} == {f"Training {model}@5" for model in TRAINED}
    assert "models/teacher@5/weights" in reasons["Training distillation-20@5"]
    kinds = ("Training ", "Direction of ", "Diagnostics of ", "Verdict on ")
    heavy = {message for message in reasons if message.startswith(kinds) or " under " in message}
    assert len(heavy) == sum(JOBS.values()) + 1  # with the training curves
    assert all("@5" in message for message in heavy - {"Training curves"})


def test_an_unusable_list_is_a_line(checkout):
    listed(checkout, 0, 0)
    done = checkout.micro("--dry-run")
    assert done.returncode != 0
    assert "config: seeds: [0, 0] has non-unique elements" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.fixture(scope="module")
def seeded(finished, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The finished micro-study, gone on with a second seed."""
    folder = tmp_path_factory.mktemp("seeded") / "study"
    shutil.copytree(finished.folder, folder, symlinks=True)
    checkout = Checkout(folder)
    listed(checkout, 0, 1)
    done = checkout.micro()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return checkout


def test_the_first_seeds_networks_are_left_as_they_were(finished, seeded):
    before, after = (checkout.folder / "results/micro" for checkout in (finished, seeded))
    files = [
        path.relative_to(before)
        for pattern in ("models/*/weights.safetensors", "evaluations/*/*/*", "diagnostics/*")
        for path in before.glob(pattern)
    ]
    assert len(files) > 100
    for path in files:
        assert filecmp.cmp(before / path, after / path, shallow=False), path
        assert (before / path).stat().st_mtime_ns == (after / path).stat().st_mtime_ns, path
    for model in TRAINED:
        weights = after / "models" / f"{model}@1" / "weights.safetensors"
        assert not filecmp.cmp(weights, before / f"models/{model}/weights.safetensors", False)
    assert not seeded.planned()


def test_scores_of_the_first_seed_are_the_single_studys(finished, seeded):
    for name in ("scores.csv", "iterations.csv", "worst_case.csv"):
        single = rows(finished.folder / "results/micro" / name)
        several = rows(seeded.folder / "results/micro" / name)
        assert list(several[0])[:2] == ["model", "seed"]
        assert len(several) == 2 * len(single)
        first = [dict(row) for row in several if row["seed"] == "0"]
        for row in first:
            del row["seed"]
        assert first == single, name
        assert {row["model"] for row in several} == {row["model"] for row in single}


def test_tables_are_means_over_seeds_of_as_many_cases(seeded):
    results = seeded.folder / "results/micro"
    scores, worst = rows(results / "scores.csv"), rows(results / "worst_case.csv")

    def means(table, column, **keys):
        found = []
        for seed in ("0", "1"):
            wanted = {**keys, "seed": seed}
            values = [
                float(row[column])
                for row in table
                if all(row[key] == value for key, value in wanted.items())
            ]
            assert len(values) == 3
            found.append(sum(values) / 3)
        return found

    table = rows(results / "tables/table2.csv")
    assert len(table) == 3 * 4 * 3
    for row in table:
        assert (row["n"], row["seeds"]) == ("3", "2")
        epsilon, region = f"{float(row['epsilon']):g}", row["region"].lower()
        keys = {"model": row["model"], "epsilon": epsilon}
        first, second = means(scores, f"dice_{region}", attack="fgsm", **keys)
        assert float(row["dice_mean"]) == pytest.approx((first + second) / 2, abs=1e-8)
        spread = abs(first - second) / 2**0.5
        assert float(row["dice_seed_sd"]) == pytest.approx(spread, abs=1e-8)
        if epsilon == "0.05":
            first, second = means(worst, f"worst_{region}", **keys)
            assert float(row["worst_dice_mean"]) == pytest.approx((first + second) / 2, abs=1e-8)
            spread = abs(first - second) / 2**0.5
            assert float(row["worst_dice_seed_sd"]) == pytest.approx(spread, abs=1e-8)
    verdicts = rows(results / "tables/verdicts.csv")
    assert [row["model"] for row in verdicts] == list(MODELS)
    for row in verdicts:
        both = means(worst, "worst_wt", model=row["model"], epsilon="0.05")
        assert float(row["worst_wt"]) == pytest.approx(sum(both) / 2, abs=1e-8)


def test_flags_say_in_how_many_seeds(seeded):
    results = seeded.folder / "results/micro"
    for row in rows(results / "tables/verdicts.csv"):
        raised = [
            {flag["name"] for flag in json.loads(path.read_text())["flags"]}
            for path in (
                results / f"diagnostics/{row['model']}.json",
                results / f"diagnostics/{row['model']}@1.json",
            )
        ]
        names = set.union(*raised)
        expected = {
            f"{name} (seed 0, the only one examined)"
            if name == TRANSFER
            else f"{name} ({sum(name in one for one in raised)} of 2 seeds)"
            for name in names
        }
        assert set(filter(None, row["flags"].split(" | "))) == expected
    table = rows(results / "tables/diagnostics.csv")
    assert [(row["model"], row["seed"]) for row in table] == [
        (model, seed) for model in MODELS for seed in ("0", "1")
    ]


def test_the_pages_say_that_there_are_two(seeded):
    results = seeded.folder / "results/micro"
    page = (results / "tables/table2.html").read_text()
    assert "trained 2 times (seeds 0, 1)" in page
    index = (results / "index.html").read_text()
    assert "trained 2 times" in index
    assert "System Message" not in index
    assert not list(results.glob("transfer/*@*"))
