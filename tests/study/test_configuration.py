import copy
import re

import pytest
import yaml
from snakemake.utils import update_config

from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration import COARSEST, arrange, check, settle

from .wrong_configurations import (
    DEFAULT,
    NAN,
    OVERLAYS,
    SCHEMA,
    WRONG,
    problems,
    reach,
    with_value,
)

SEVERAL = {
    "nothing at all",
    "no clean scores",  # and the epsilons of tables and figures that went with them
    "no FGSM",
    "member for some models alone",  # the tables need FGSM on all models too
    "teacher of another temperature",  # four students
    "defended model first",  # and the attacks on the one that is gone
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_configuration_is_a_line_that_names_the_key(mistake):
    config, named = WRONG[mistake]
    found = problems(config)
    assert all(line.startswith("config: ") and "\n" not in line for line in found)
    assert all("; " in line for line in found), "a line says what to do"
    assert any(re.search(f"^config: (top level: )?.*{named}", line) for line in found), found
    assert len(found) == 1 or mistake in SEVERAL, "one mistake, one line"


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": -1, "training.epochs": 0, "threat_model.clip": "x", "training.learning_rate": NAN},
        {
            "data.source": "folder",
            "network.levels": 5,
            "models.3.teacher": "nobody",
            "attacks.i-fgsm.models": ["nobody"],
            "attacks.fgsm.epsilons": [0.03, 0.05, 0.1],
        },
    ],
)
def test_several_mistakes_are_told_together(changes):
    config = copy.deepcopy(DEFAULT)
    for path, value in changes.items():
        container, key = reach(config, path)
        container[key] = value
    found = problems(config)
    assert len(found) == len(changes)
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    assert str(caught.value).splitlines() == found


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_configurations_of_the_project_are_right(overlay):
    config = copy.deepcopy(DEFAULT)
    update_config(config, yaml.safe_load(overlay.read_text()))
    before = copy.deepcopy(config)
    check(config, SCHEMA)
    assert config == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("attacks.fgsm.epsilons", [0, 1e-5, 0.03, 0.05, 0.1, 2]),
        ("attacks.random-signs.epsilons", [0.0, 0.05, 1]),
        ("attacks.i-fgsm.models", "all"),
        ("attacks.i-fgsm.models", ["undefended", "noise-0.01"]),
        ("augmentation.flips", []),
        ("augmentation.rotation", 0),
        ("preprocessing.size", 64),
        ("network.levels", 2),
        ("seeds", [0]),
        ("seeds", [3, 0, 12]),
        ("data.test_cases", ["phantom-001"]),
        ("models.0.training", {"epochs": 1}),
        ("training.learning_rate", 1),
        ("attacks.fgsm.scale", "gap"),
        ("attacks.random-signs.draws", 3),
        ("adaptive.ensemble", "full"),
        ("adaptive.attacks.sea.losses", ["margin", "segpgd"]),
        ("adaptive.attacks.sea.scale", 20),
        ("adaptive.attacks.pgd", {"method": "pgd", "relative_step": 0.1, "iterations": 3}),
        ("adaptive.attacks.mine", {"method": "flipped-fgsm", "target_class": 0}),
        ("adaptive.ensembles.mine", ["sea", "random-signs"]),
    ],
)
def test_right_values_pass(path, value):
    check(with_value(path, value), SCHEMA)


def test_keys_are_in_the_order_of_the_default_and_new_ones_follow():
    config = {"b": {"z": 1, "y": 2, "x": 3}, "new": {"k": 1}, "a": [2, 1]}
    arrange(config, {"a": [1], "b": {"x": 0, "y": 0}, "c": 1})
    assert list(config) == ["a", "b", "new"]
    assert list(config["b"]) == ["x", "y", "z"]
    assert config == {"a": [2, 1], "b": {"x": 3, "y": 2, "z": 1}, "new": {"k": 1}}


def test_another_network_has_none_of_the_defaults_keys():
    default = {"network": {"name": "unet3d", "filters": 8, "dropout": 0.3}, "attacks": {"a": 1}}
    config = {
        "network": {**default["network"], "name": "m:Net", "width": 3},
        "attacks": {"a": None},
    }
    settle(config, [default, {"network": {"name": "m:Net", "width": 3}}, {}])
    assert config == {"network": {"name": "m:Net", "width": 3}, "attacks": {}}


def test_coarsest_level_keeps_four_voxels():
    """See tests/models/test_bfloat16.py for what happens below."""
    assert COARSEST == 4
    for levels in range(2, 7):
        for size in (16, 32, 64, 128):
            config = with_value("network.levels", levels)
            config["preprocessing"]["size"] = size
            if size >= 4 * 2 ** (levels - 1):
                check(config, SCHEMA)
            else:
                assert "preprocessing.size" in problems(config)[0]


def test_students_of_unscaled_networks_share_their_teachers_temperature():
    config = with_value("distillation.scaled_logits", False)
    config["models"] = [
        {"name": "undefended", "defense": "undefended"},
        {"name": "teacher-20", "defense": "undefended", "temperature": 20},
        {
            "name": "distillation-20",
            "defense": "distillation",
            "temperature": 20,
            "teacher": "teacher-20",
        },
    ]
    check(config, SCHEMA)
    config["models"][2] |= {"temperature": 100, "name": "distillation-100"}
    assert len(problems(config)) == 1
