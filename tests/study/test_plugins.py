"""Names with a colon in a configuration, and every mistake with them, before any job."""

import copy
from pathlib import Path

import pytest
import yaml

from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration import check
from robustseg.study.plugins import targets
from robustseg.study.study import Study

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
OWN = """
from dataclasses import dataclass

from torch import Tensor

from robustseg import Problem, Undefended
from robustseg.threat.objectives import CrossEntropy as Mine


def attack(problem: Problem, *, strength: float, turns: int = 1, on_iterate=None) -> Tensor:
    return problem.image


@dataclass(frozen=True, kw_only=True)
class Defense(Undefended):
    strength: float
    turns: int = 1
    teacher: object


def network(*, in_channels, out_channels, width, depth=1):
    raise NotImplementedError


def standardize(image):
    return image
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "own.py").write_text(OWN + RESERVED)
    changed = copy.deepcopy(DEFAULT)
    changed["plugins"] = ["ours/own.py"]
    changed["attacks"]["mine"] = {
        "method": "own:attack", "strength": 2, "loss": "own:Mine", "epsilons": [0.05],
    }  # fmt: skip
    changed["models"].append(
        {"name": "mine", "defense": "own:Defense", "strength": 1, "teacher": "teacher"}
    )
    changed["network"] = {"name": "own:network", "width": 3}
    changed["preprocessing"]["standardization"] = "own:standardize"
    return changed


def test_everything_of_ones_own_is_named_by_its_file(config):
    check(config, SCHEMA)
    study = Study(config)
    request = study.request("mine", "undefended")
    assert request["attack"] == "ours/own.py:attack"
    assert request["problem"] == {"objective": "ours/own.py:Mine"}
    assert request["parameters"] == {"strength": 2}
    assert study.iterative("mine")
    recipe = study.recipe("mine")
    assert recipe["defense"] == "ours/own.py:Defense"
    assert recipe["model"] == {"strength": 1, "teacher": "teacher"}
    assert recipe["architecture"] == {
        **{"name": "ours/own.py:network", "width": 3, "in_channels": 4, "out_channels": 4},
        "logit_scale": 1,
    }
    assert study.preprocessing["standardization"] == "ours/own.py:standardize"
    assert targets(request) == ["ours/own.py:attack", "ours/own.py:network", "ours/own.py:Mine"]
    assert targets(recipe) == ["ours/own.py:Defense", "ours/own.py:network"]
    assert targets(study.preprocessing) == ["ours/own.py:standardize"]


def attacked(**entry):
    def change(config):
        config["attacks"]["mine"] |= entry

    return change


def modeled(**entry):
    def change(config):
        config["models"][-1] |= entry

    return change


def without(place, key):
    def change(config):
        found = config["attacks"]["mine"] if place == "attack" else config["models"][-1]
        del found[key]

    return change


def settings(place, **entries):
    return lambda config: config[place].update(entries)


RESERVED = """
def scaled(problem, *, scale=1.0):
    return problem.image


@dataclass(frozen=True, kw_only=True)
class Named(Undefended):
    name: str = "x"


class Loss:
    def __init__(self, gamma):
        pass
"""


WRONG = [
    (attacked(loss="own:attack"), "attacks.mine: loss ours/own.py:attack: is no loss; define"),
    (attacked(loss="own:Loss"), "attacks.mine: loss ours/own.py:Loss: is no loss; define"),
    (attacked(method="own:scaled"), "its parameter scale means something else"),
    (modeled(defense="own:Named"), "its parameter name means something else"),
    (modeled(name="adversarial-0.05"), "its defense is own:Defense, not adversarial; choose"),
    (lambda c: c["attacks"].update({"a/b": {"method": "fgsm", "epsilons": [0]}}), "attacks: "),
    (lambda c: c["attacks"].update({1: {"method": "fgsm", "epsilons": [0]}}), "attacks: "),
    (
        lambda c: c["attacks"].update({"none": {"method": "fgsm", "epsilons": [0.05]}}),
        "attacks.none: means something else in the tables",
    ),
    (attacked(method="own:nothing"), "attacks.mine: method ours/own.py: has no nothing"),
    (attacked(method="own:Defense"), "attacks.mine: method ours/own.py:Defense: is no attack"),
    (attacked(method="other:attack"), "attacks.mine: method other: does not import"),
    (attacked(method="nothing"), "attacks.mine: method 'nothing' is unknown; choose from fgsm"),
    (attacked(power=1), "attacks.mine.power: own:attack takes no such key; remove it"),
    (without("attack", "strength"), "attacks.mine: strength is missing; add it"),
    (attacked(loss="own:nothing"), "attacks.mine: loss ours/own.py: has no nothing"),
    (modeled(defense="own:attack"), "models.mine.defense: ours/own.py:attack: is no defense"),
    (modeled(power=1), "models.mine.power: own:Defense takes no such key; remove it"),
    (without("model", "strength"), "models.mine: strength is missing; own:Defense needs it"),
    (without("model", "teacher"), "models.mine: teacher is missing; own:Defense needs it"),
    (settings("network", name="own:nothing"), "network.name: ours/own.py: has no nothing"),
    (settings("network", power=1), "network.power: own:network takes no such key; remove it"),
    (lambda c: c["network"].pop("width"), "network.width: is missing; own:network needs it"),
    (settings("preprocessing", standardization="own:OWN"), "preprocessing.standardization: ours/"),
    (settings("preprocessing", standardization="skull"), "standardization: 'skull' is unknown"),
    (lambda c: c.update(plugins=["none.py"]), "plugins: none.py is no file; correct the path"),
    (lambda c: c["plugins"].append("nowhere"), "plugins: nowhere cannot be imported; install it"),
    (lambda c: c["plugins"].append("own.py"), "plugins: own.py is no file"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_mistake_is_a_line_before_any_job(config, change, said):
    change(config)
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    assert any(said in line for line in str(caught.value).splitlines()), str(caught.value)


def test_two_files_of_one_name_are_refused(config, tmp_path):
    (tmp_path / "own.py").write_text("")
    config["plugins"].append("own.py")
    with pytest.raises(InputErrors, match=r"ours/own.py and own.py are both own:; rename one"):
        check(config, SCHEMA)
