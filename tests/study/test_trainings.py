"""Networks: every model once for each training seed."""

import copy
from collections import Counter
from pathlib import Path

import pytest
import yaml

from robustseg.runtime.seeds import derive_seed, model_of, network_name, seed_of
from robustseg.study.job_resources import training_minutes
from robustseg.study.study import Study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def study(config, seeds, **more):
    return Study({**copy.deepcopy(config), "seeds": seeds, **more})


@pytest.mark.parametrize("model", ["undefended", "noise-0.01", "my_unet.2"])
def test_names_tell_model_and_seed(model):
    seeds = (3, 0, 12)
    names = [network_name(model, seed, seeds) for seed in seeds]
    assert names == [model, f"{model}@0", f"{model}@12"]
    assert [model_of(name) for name in names] == [model] * 3
    assert [seed_of(name, seeds) for name in names] == [3, 0, 12]


@pytest.mark.parametrize("seed", [0, 7])
def test_no_list_is_one_training_with_the_studys_seed(config, seed):
    once = study(config, None, seed=seed)
    assert once.seeds == [seed]
    assert once.networks == list(once.models)
    listed = study(config, [seed], seed=seed)
    for name in once.models:
        assert once.recipe(name)["seed"] == once.seed("train", name)
        assert listed.recipe(name) == once.recipe(name)
    assert listed.evaluations() == once.evaluations()


def test_a_further_seed_changes_nothing_of_the_first(config):
    one, three = study(config, None), study(config, [0, 5, 1])
    assert set(one.networks) < set(three.networks)
    assert set(one.evaluations()) < set(three.evaluations())
    for name in one.networks:
        assert three.recipe(name) == one.recipe(name)
        assert three.teacher(name) == one.teacher(name)
    for name in one.evaluated:
        assert three.request("fgsm", name) == one.request("fgsm", name)
        assert three.examination(name) == one.examination(name)
    assert three.figures == one.figures
    assert three.split == one.split


def test_networks_of_a_model_differ_in_nothing_but_the_training_seed(config):
    several = study(config, [0, 5, 1])
    assert len(several.networks) == len(set(several.networks)) == 3 * 11
    for network in several.networks:
        model, seed = model_of(network), seed_of(network, several.seeds)
        recipe = several.recipe(network)
        assert recipe.pop("seed") == derive_seed(seed, "train", model)
        assert recipe == {
            key: value for key, value in several.recipe(model).items() if key != "seed"
        }
        assert several.examination(network) == several.examination(model)
        assert training_minutes(several, network) == training_minutes(several, model)
    seeds = [several.recipe(network)["seed"] for network in several.networks]
    assert len(set(seeds)) == len(seeds)


def test_attacks_on_a_models_networks_are_the_same(config):
    config["adaptive"]["ensembles"]["mine"] = ["fgsm-temperature"]
    config["adaptive"]["ensemble"] = "mine"
    several = study(config, [0, 1])
    for attack in several.attacks:
        for network in several.networks_of(several.attacked(attack)):
            assert several.request(attack, network) == several.request(attack, model_of(network))
    wanted = several.request("fgsm-temperature", "distillation-500@1")
    assert wanted["problem"]["scale"] == 500


def test_students_learn_from_the_teacher_of_their_seed(config):
    several = study(config, [4, 9])
    assert several.teacher("distillation-20") == "teacher"
    assert several.teacher("distillation-20@9") == "teacher@9"
    assert several.teacher("noise-0.01@9") is None


def test_evaluations_are_those_of_every_network(config):
    once, thrice = study(config, None), study(config, [0, 1, 2])
    for iterative in (False, True):
        found = thrice.evaluations(iterative_only=iterative)
        expected = once.evaluations(iterative_only=iterative)
        assert len(found) == len(set(found)) == 3 * len(expected)
        plain = Counter((model_of(network), *rest) for network, *rest in found)
        assert plain == dict.fromkeys(expected, 3)
