"""What runs again after which change, counted in dry runs."""

import re

import pandas as pd
import pytest

EVALUATIONS = {"evaluate", "evaluate_iterative", "transfer", "examine"}
AGGREGATES = {
    *("scores", "iterations", "table1", "table2", "worst_case", "robustness", "verdict"),
    *("diagnostics_table", "verdicts", "transfer_matrix", "transfer_figure"),
    *("region_sizes", "split", "protocol", "index", "default"),
} | {f"figure{number}" for number in (1, 2, 3, 4, 5, "S2")}
ADAPTIVE = 4 * 2  # models, attacks that the ensemble adds


def test_nothing_runs_after_a_finished_run(finished):
    assert not finished.planned()


def test_a_new_epsilon_runs_one_job_a_model_and_attack_that_uses_it(edited):
    edited.edit(
        "tests/micro.yaml",
        "fgsm: {epsilons: [0, 0.03, 0.05, 0.1]}",
        "fgsm: {epsilons: [0, 0.03, 0.05, 0.1, 0.15]}",
    )
    planned = edited.planned()
    assert planned["evaluate"] == 4  # the models of the tables
    assert set(planned) <= {"evaluate", "total"} | AGGREGATES


def test_a_changed_step_size_trains_nothing(edited):
    edited.edit(
        "tests/micro.yaml",
        "  i-fgsm: {iterations: 2, step_size: 0.025}",
        "  i-fgsm: {iterations: 2, step_size: 0.02}",
    )
    planned = edited.planned()
    assert planned["evaluate_iterative"] == 1
    assert not {"train", "evaluate", "preprocess", "phantom"} & set(planned)


def test_other_regions_are_measured_and_nothing_is_trained(edited):
    regions = "cohort: {regions: [{name: et, labels: [4]}, {name: edema, labels: [2]}]}"
    edited.edit("tests/micro.yaml", "study: micro\n", f"study: micro\n\n{regions}\n")
    planned = edited.planned()
    assert planned["evaluate"] == 4 * 4 + 4 * 2 + ADAPTIVE
    assert planned["examine"] == planned["transfer"] == 4
    assert not {"train", "preprocess", "phantom", "validate_case"} & set(planned)


def test_a_new_model_trains_once(edited):
    edited.edit(
        "tests/micro.yaml",
        "  - {name: adversarial-0.05",
        "  - {name: adversarial-0.1, defense: adversarial, epsilon: 0.1}\n"
        "  - {name: adversarial-0.05",
    )
    planned = edited.planned()
    assert planned["train"] == 1
    assert planned["evaluate"] == 4 + 2 + 2  # of FGSM, of the control, of the ensemble's others
    assert planned["examine"] == 1
    assert planned["transfer"] == 5  # the new one is a target of all
    assert "preprocess" not in planned


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("src/robustseg/attacks/fgsm.py", "def fgsm(", "# a comment\ndef fgsm("),
        (
            "src/robustseg/metrics/dice.py",
            '"""The Dice coefficient',
            '"""About the Dice coefficient',
        ),
        ("src/robustseg/data/phantoms/lesion.py", "def grow(", "# a comment\ndef grow("),
    ],
)
def test_a_comment_or_docstring_runs_nothing(edited, path, old, new):
    edited.edit(path, old, new)
    assert not edited.planned()


def test_a_code_change_in_an_attack_runs_its_evaluations_alone(edited):
    edited.edit(
        "src/robustseg/attacks/iterative.py", "check_radius(step_size", "check_radius(+step_size"
    )
    planned = edited.planned()
    assert planned["evaluate_iterative"] == 2
    assert set(planned) <= {"evaluate_iterative", "total"} | AGGREGATES


def test_a_code_change_in_what_attacks_share_trains_nothing_undefended(edited):
    edited.edit("src/robustseg/attacks/problem.py", "scaled = logits /", "scaled = +logits /")
    planned = edited.planned()
    assert planned["evaluate"] == 4 * 4 + 4 * 2 + ADAPTIVE
    assert set(planned) <= EVALUATIONS | AGGREGATES | {"total"}


@pytest.mark.parametrize(
    ("room", "entry"),
    [
        ("attacks", '    "new": AttackEntry(attack="robustseg.attacks.fgsm:fgsm"),\n'),
        (
            "defenses",
            '    "new": DefenseEntry(build="robustseg.defenses.undefended:Undefended"),\n',
        ),
        ("models", '    "new": NetworkEntry(build="robustseg.models.unet:UNet3D"),\n'),
        ("threat", '    "new": "robustseg.threat.objectives:Dice",\n'),
    ],
)
def test_a_new_entry_of_a_registry_runs_nothing(edited, room, entry):
    path = edited.folder / f"src/robustseg/{room}/registry.py"
    text = path.read_text()
    opening = re.search(r"^[A-Z]+ = \{\n", text, re.M)
    path.write_text(text[: opening.end()] + entry + text[opening.end() :])
    assert not edited.planned()


PLUGINS = "plugins: [examples/attack.py, examples/defense.py, examples/network.py]\n\n"


def test_plug_ins_that_are_listed_and_not_used_run_nothing(edited):
    edited.edit("tests/micro.yaml", "study: micro\n", f"study: micro\n\n{PLUGINS}")
    assert set(edited.planned()) <= {"protocol", "index", "default", "total"}


def test_an_attack_of_ones_own_runs_its_evaluations_alone(edited):
    edited.edit("tests/micro.yaml", "study: micro\n", f"study: micro\n\n{PLUGINS}")
    edited.edit(
        "tests/micro.yaml",
        "attacks:\n  fgsm",
        'attacks:\n  r-fgsm: {method: "attack:r_fgsm", alpha: 0.3, epsilons: [0.05]}\n  fgsm',
    )
    planned = edited.planned()
    assert planned["evaluate"] == 4
    assert set(planned) <= {"evaluate", "total"} | AGGREGATES


def test_a_defense_of_ones_own_trains_once(edited):
    edited.edit("tests/micro.yaml", "study: micro\n", f"study: micro\n\n{PLUGINS}")
    edited.edit(
        "tests/micro.yaml",
        "  - {name: adversarial-0.05",
        '  - {name: any-epsilon, defense: "defense:AnyEpsilon", epsilon: 0.1}\n'
        "  - {name: adversarial-0.05",
    )
    planned = edited.planned()
    assert planned["train"] == planned["examine"] == 1
    assert planned["evaluate"] == 4 + 2 + 2
    assert "preprocess" not in planned


def test_ones_own_attack_and_defense_are_in_tables_and_figures(edited):
    edited.edit("tests/micro.yaml", "study: micro\n", f"study: micro\n\n{PLUGINS}")
    edited.edit(
        "tests/micro.yaml",
        "attacks:\n  fgsm",
        'attacks:\n  r-fgsm: {method: "attack:r_fgsm", epsilons: [0.05]}\n  fgsm',
    )
    edited.edit(
        "tests/micro.yaml",
        "  - {name: adversarial-0.05",
        '  - {name: any-epsilon, defense: "defense:AnyEpsilon", epsilon: 0.1}\n'
        "  - {name: adversarial-0.05",
    )
    done = edited.micro()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    results = edited.folder / "results/micro"
    scores = pd.read_csv(results / "scores.csv")
    assert set(scores[scores["attack"] == "r-fgsm"]["model"]) >= {"undefended", "any-epsilon"}
    assert "r-fgsm" in set(pd.read_csv(results / "tables/table1.csv")["attack"])
    for name in ("table2", "verdicts"):
        assert "any-epsilon" in set(pd.read_csv(results / f"tables/{name}.csv")["model"])
    assert {"figure4", "robustness"} <= {path.stem for path in (results / "figures").iterdir()}
    assert "any-epsilon" in (results / "index.html").read_text()


def test_a_code_change_in_metrics_runs_evaluations_and_later(edited):
    edited.edit(
        "src/robustseg/metrics/image_quality.py", "K1, K2 = 0.01, 0.03", "K1, K2 = 0.01, 0.04"
    )
    planned = edited.planned()
    assert planned["evaluate"] == 4 * 4 + 4 * 2 + ADAPTIVE
    assert planned["evaluate_iterative"] == 2
    assert set(planned) <= EVALUATIONS | AGGREGATES | {"total"}


def test_a_code_change_in_figures_draws_again_and_nothing_else(edited):
    edited.edit("src/robustseg/figures/style.py", "DPI = 300", "DPI = 301")
    planned = edited.planned()
    assert planned["figure1"] == planned["transfer_figure"] == planned["robustness"] == 1
    assert not EVALUATIONS & set(planned)
    assert not {"train", "scores", "table1", "table2", "worst_case"} & set(planned)


def test_another_attack_of_the_transfer_evaluates_nothing(edited):
    edited.edit("tests/micro.yaml", "attack: apgd-regions", "attack: mi-fgsm")
    planned = edited.planned()
    assert planned["transfer"] == 4
    assert set(planned) <= {"transfer", "total"} | AGGREGATES
    assert not {"scores", "worst_case", "table2"} & set(planned)


def test_another_ensemble_takes_its_worst_case_from_what_is_there(edited):
    edited.edit(
        "config/config.yaml",
        "fast: [fgsm, apgd-regions-half, apgd-regions]",
        "fast: [fgsm, apgd-regions]",
    )
    planned = edited.planned()
    assert planned["worst_case"] == planned["table2"] == 1
    assert not EVALUATIONS & set(planned)


def test_a_changed_training_trains_again(edited):
    edited.edit("tests/micro.yaml", "training: {epochs: 3", "training: {epochs: 4")
    planned = edited.planned()
    assert planned["train"] == 5
    assert "preprocess" not in planned


@pytest.mark.parametrize(
    ("path", "old", "new", "runs"),
    [
        (
            "src/robustseg/data/validation/page.py",
            '"Brain (ml)"',
            '"Brain, ml"',
            {"validation": 1, "validate": 1},
        ),
        (
            "src/robustseg/data/validation/intensities.py",
            "NEGATIVE = 0.1",
            "NEGATIVE = 0.2",
            {"validate_case": 7, "validation": 1, "validate": 1},
        ),
        (
            "src/robustseg/data/preprocessing/pictures.py",
            "PANEL, DPI = 0.95, 100",
            "PANEL, DPI = 0.95, 120",
            {"preprocessing_page": 1},
        ),
        (
            "workflow/report/table1.rst",
            "Read down a Dice column",
            "Read a Dice column downwards",
            {"index": 1},
        ),
    ],
)
def test_validation_and_pages_run_again_without_what_they_look_at(edited, path, old, new, runs):
    edited.edit(path, old, new)
    planned = edited.planned()
    assert {rule: planned[rule] for rule in runs} == runs
    assert set(planned) <= {*runs, "index", "default", "total"}


def test_a_changed_template_writes_the_pages_again_and_measures_nothing(edited):
    edited.edit("src/robustseg/html/templates/style.css", "margin: 2rem", "margin: 3rem")
    planned = edited.planned()
    pages = {"validation", "preprocessing_page", "protocol", "table1", "table2", "verdicts"}
    assert {rule: planned[rule] for rule in pages} == dict.fromkeys(pages, 1)
    assert set(planned) <= {*pages, "validate", "diagnostics_table", "index", "default", "total"}
