import copy
from pathlib import Path

import pytest
import yaml

from robustseg.runtime.errors import InputError
from robustseg.study.study import Study

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


@pytest.fixture
def config():
    return copy.deepcopy(DEFAULT)


def test_phantoms_are_the_cases(config):
    study = Study(config)
    assert study.on_phantoms
    assert len(study.cases) == 38
    assert study.cases == sorted(study.cases)
    assert (study.cases[0], study.cases[-1]) == ("phantom-001", "phantom-038")
    split = study.split
    assert sorted([*split.train, *split.test]) == study.cases
    assert len(split.test) == 14


def test_split_is_the_seeds_or_the_users(config):
    split = Study(config).split
    assert Study(copy.deepcopy(config)).split == split
    assert Study({**config, "seed": 1}).split != split
    config["data"]["test_cases"] = ["phantom-003", "phantom-001"]
    assert sorted(Study(config).split.test) == ["phantom-001", "phantom-003"]
    config["data"]["test_cases"] = ["phantom-999"]
    with pytest.raises(InputError, match="phantom-999"):
        _ = Study(config).split


def test_missing_folder_is_one_line(config, tmp_path):
    config["data"] |= {"source": "folder", "folder": str(tmp_path / "nowhere")}
    with pytest.raises(InputError, match="nowhere") as caught:
        _ = Study(config).cases
    assert "\n" not in str(caught.value)


def test_teachers_are_trained_and_not_in_the_tables(config):
    study = Study(config)
    assert "teacher" in study.models
    assert "teacher" not in study.evaluated
    assert study.evaluated == [m["name"] for m in config["models"] if m["name"] != "teacher"]
    assert study.reference == "undefended"


def test_jobs_have_seeds_of_their_own(config):
    study = Study(config)
    names = [("train", model) for model in study.models] + [("attack", "fgsm"), ("split",), ()]
    seeds = [study.seed(*name) for name in names]
    assert len(set(seeds)) == len(seeds)
    assert study.recipe("undefended")["seed"] == study.seed("train", "undefended")


@pytest.mark.parametrize(("scaled", "expected"), [(True, 20), (False, None)])
def test_scale_of_the_logits_is_the_temperature_where_the_study_says_so(config, scaled, expected):
    config["distillation"]["scaled_logits"] = scaled
    study = Study(config)
    assert study.architecture("distillation-20").get("logit_scale") == expected
    assert study.architecture("undefended").get("logit_scale", 1) == 1
    assert "logit_scale" not in config["network"]


def test_training_of_a_model_is_the_studys_and_then_its_own(config):
    config["models"][1]["training"] = {"epochs": 3}
    study = Study(config)
    assert study.training("noise-0.01") == {**config["training"], "epochs": 3}
    assert study.training("undefended") == config["training"]
    recipe = study.recipe("noise-0.01")
    assert recipe["training"]["epochs"] == 3
    assert "training" not in recipe["model"]


def test_recipes_hold_what_a_training_depends_on_and_nothing_else(config):
    recipes = {name: Study(config).recipe(name) for name in Study(config).models}

    def changed(change):
        other = copy.deepcopy(config)
        change(other)
        study = Study(other)
        return {name for name in recipes if study.recipe(name) != recipes[name]}

    everyone = set(recipes)
    defended = everyone - {"undefended", "teacher"}
    assert changed(lambda c: c["attacks"].clear()) == set()
    assert changed(lambda c: c["evaluation"].update(batch_size=9)) == set()
    assert changed(lambda c: c["tables"].update(table1_epsilon=0.1)) == set()
    assert changed(lambda c: c["training"].update(epochs=1)) == everyone
    assert changed(lambda c: c["network"].update(filters=3)) == everyone
    assert changed(lambda c: c.update(seed=9)) == everyone
    assert changed(lambda c: c["threat_model"].update(clip="none")) == defended
    assert changed(lambda c: c["models"][1].update(radius=0.02)) == {"noise-0.01"}
    students = {name for name in everyone if name.startswith("distillation")}
    assert changed(lambda c: c["models"][2].update(temperature=2)) == students | {"teacher"}


def test_requests_hold_what_an_evaluation_depends_on(config):
    study = Study(config)
    request = study.request("ti-fgsm", "undefended")
    assert request["attack"] == "robustseg.attacks.iterative:ti_fgsm"
    assert request["parameters"] == {"step_size": 0.005, "iterations": 10}
    assert request["problem"] == {"target_class": 1}
    request = study.request("fgsm", "undefended")
    assert (request["parameters"], request["problem"]) == ({}, {})
    before = study.request("i-fgsm", "undefended")
    config["attacks"]["i-fgsm"]["epsilons"] = [0.05, 0.1]
    config["attacks"]["i-fgsm"]["models"] = "all"
    assert Study(config).request("i-fgsm", "undefended") == before


def test_scale_of_a_request_is_the_models_temperature_where_it_says_so(config):
    config["adaptive"]["ensembles"]["mine"] = ["fgsm-temperature", "pgd-dice"]
    config["adaptive"]["ensemble"] = "mine"
    study = Study(config)
    scales = {
        model: study.request("fgsm-temperature", model)["problem"]["scale"]
        for model in ("undefended", "distillation-500")
    }
    assert scales == {"undefended": 1, "distillation-500": 500}
    assert study.request("pgd-dice", "distillation-500")["problem"]["scale"] == "gap"
    assert config["adaptive"]["attacks"]["fgsm-temperature"]["scale"] == "temperature"


def test_attacks_are_those_of_the_paper_and_the_ensembles_members(config):
    def attacks(ensemble):
        config["adaptive"]["ensemble"] = ensemble
        return set(Study(config).attacks)

    paper = set(config["attacks"])
    assert attacks("paper") == paper
    for name in ("fast", "full"):
        assert attacks(name) == paper | set(config["adaptive"]["ensembles"][name])
    config["adaptive"]["epsilons"] = [0.03, 0.1]
    assert Study(config).epsilons("sea") == ["0.03", "0.1"]


def test_evaluations_are_every_model_attack_and_epsilon(config):
    evaluations = Study(config).evaluations()
    assert len(evaluations) == len(set(evaluations)) == 10 * (11 + 3 + 2) + 1 + 1
    assert ("adversarial-0.1", "fgsm", "0") in evaluations
    assert ("undefended", "i-fgsm", "0.05") in evaluations
    assert not any(model == "teacher" for model, _, _ in evaluations)
    iterative = Study(config).evaluations(iterative_only=True)
    assert iterative == [("undefended", "i-fgsm", "0.05"), ("undefended", "ti-fgsm", "0.05")]


@pytest.mark.parametrize(
    ("epsilon", "name"),
    [(0, "0"), (0.0, "0"), (0.05, "0.05"), (0.1, "0.1"), (0.30000000000000004, "0.3"), (1, "1"),
     (1e-5, "1e-05")],
)  # fmt: skip
def test_epsilons_have_one_name(config, epsilon, name):
    config["attacks"]["fgsm"]["epsilons"] = [epsilon]
    study = Study(config)
    assert study.epsilons("fgsm") == [name]
    assert study.has("undefended", "fgsm", epsilon)
    assert float(name) == pytest.approx(epsilon)


def test_figures_are_those_that_the_study_has_evaluations_for(config):
    every = {f"figure{n}" for n in range(1, 6)} | {"figureS1", "figureS2", "training"}
    assert set(Study(config).figures) == every
    del config["attacks"]["i-fgsm"], config["attacks"]["ti-fgsm"]
    assert set(Study(config).figures) == every - {"figure2", "figureS2"}
    config["figures"]["figure5_epsilon"] = 0.035
    assert "figure5" not in Study(config).figures
    config["models"] = [m for m in config["models"] if m["defense"] != "distillation"]
    assert "figure3" not in Study(config).figures
    config["models"] = config["models"][:1]
    assert "figure4" not in Study(config).figures


def test_an_attack_outside_the_ensemble_can_be_asked_for(config):
    study = Study(config)
    assert "mi-fgsm" not in study.attacks
    request = study.request("mi-fgsm", "undefended")
    assert request["attack"] == "robustseg.attacks.pgd:pgd"
    assert request["parameters"]["momentum"] == 1
    assert request["seed"] == study.seed("attack", "mi-fgsm")
    with pytest.raises(KeyError):
        study.request("nothing", "undefended")
