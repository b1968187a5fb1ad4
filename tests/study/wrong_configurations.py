"""Configurations with one mistake each, and what the line about it must name."""

import copy
from pathlib import Path

import pytest
import yaml

from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration import check

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
OVERLAYS = sorted({*(ROOT / "config").glob("*.yaml"), ROOT / "tests" / "micro.yaml"})
NAN, INF = float("nan"), float("inf")


def reach(config, path):
    """Return the container and the last key of a dotted path."""
    *folders, last = path.split(".")
    for name in folders:
        config = config[int(name) if name.isdigit() else name]
    return config, int(last) if last.isdigit() else last


def with_value(path, value):
    config = copy.deepcopy(DEFAULT)
    container, key = reach(config, path)
    container[key] = value
    return config


def without(path):
    config = copy.deepcopy(DEFAULT)
    container, key = reach(config, path)
    del container[key]
    return config


def with_model(**model):
    config = copy.deepcopy(DEFAULT)
    config["models"].append(model)
    return config


def problems(config):
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    return caught.value.problems


WRONG = {
    # Keys.
    "unknown key at the top": (with_value("traning", {}), "traning"),
    "a number as text": (with_value("data.test_fraction", "0.3"), "test_fraction.*--config nests"),
    "unknown nested key": (with_value("training.epohcs", 3), "training.*epohcs"),
    "unknown key two levels down": (with_value("data.phantoms.n", 3), "data.phantoms.*'n'"),
    "unknown key of a model": (with_value("models.1.radios", 1), "models.noise-0.01.*radios"),
    "unknown key of a model's training": (
        with_value("models.1.training", {"lr": 1}),
        "models.1.training.*lr",
    ),
    "number as a key": (with_value("training.5", 1), "training.*5"),
    "missing section": (without("threat_model"), "threat_model"),
    "missing nested key": (without("training.epochs"), "training.*epochs"),
    "missing name of the network": (without("network.name"), "network.*name"),
    "missing name of a model": (without("models.2.name"), "models.2.*name"),
    "missing epsilons": (without("attacks.fgsm.epsilons"), "attacks.fgsm.*epsilons"),
    "nothing at all": ({}, "study"),
    # Types.
    "text for a number": (with_value("training.learning_rate", "fast"), "training.learning_rate"),
    "what YAML reads as text": (
        with_value("training.learning_rate", yaml.safe_load("1e-3")),
        "training.learning_rate",
    ),
    "fraction for a count": (with_value("training.epochs", 1.5), "training.epochs"),
    "truth for a count": (with_value("training.batch_size", True), "training.batch_size"),
    "number for truth": (with_value("loss.squared", 1), "loss.squared"),
    "nothing for a section": (with_value("attacks", None), "attacks"),
    "nothing for an attack": (with_value("attacks.fgsm", None), "attacks.fgsm"),
    "mapping for a list": (with_value("models", {"undefended": {}}), "models"),
    "text for a model": (with_value("models.0", "undefended"), "models.0"),
    "number for a name": (with_value("models.0.name", 20), "models.0.name"),
    "number for a list": (with_value("attacks.fgsm.epsilons", 0.1), "attacks.fgsm.epsilons"),
    "list for a teacher": (with_value("models.3.teacher", ["teacher"]), "models.3.teacher"),
    # Values.
    "negative seed": (with_value("seed", -1), "seed"),
    "no training seeds": (with_value("seeds", []), "seeds"),
    "a training seed twice": (with_value("seeds", [0, 1, 0]), "seeds"),
    "negative training seed": (with_value("seeds", [0, -1]), "seeds.1"),
    "one number for training seeds": (with_value("seeds", 3), "seeds"),
    "text for a training seed": (with_value("seeds", ["0"]), "seeds.0"),
    "truth for a training seed": (with_value("seeds", [True]), "seeds.0"),
    "fraction for a training seed": (with_value("seeds", [0, 0.5]), "seeds.1"),
    "name that looks like another seed's": (with_value("models.2.name", "a@1"), "models.2.name"),
    "negative epsilon": (with_value("attacks.fgsm.epsilons", [0, -0.1]), "attacks.fgsm.epsilons.1"),
    "an epsilon twice": (with_value("attacks.fgsm.epsilons", [0, 0.1, 0.1]), "fgsm.epsilons"),
    "no epsilons": (with_value("attacks.fgsm.epsilons", []), "attacks.fgsm.epsilons"),
    "radius of zero": (with_value("models.1.radius", 0), "models.1.radius"),
    "temperature of zero": (with_value("models.3.temperature", 0), "models.3.temperature"),
    "no iterations": (with_value("attacks.i-fgsm.iterations", 0), "attacks.i-fgsm.iterations"),
    "step of zero": (with_value("attacks.i-fgsm.step_size", 0), "attacks.i-fgsm.step_size"),
    "class that is none": (with_value("attacks.ti-fgsm.target_class", 4), "ti-fgsm.target_class"),
    "unknown clipping": (with_value("threat_model.clip", "sometimes"), "threat_model.clip"),
    "unknown source": (with_value("data.source", "internet"), "data.source"),
    "all cases for testing": (with_value("data.test_fraction", 1), "data.test_fraction"),
    "unknown axis": (with_value("augmentation.flips", ["w"]), "augmentation.flips.0"),
    "dropout of everything": (with_value("network.dropout", 1), "network.dropout"),
    "no models": (with_value("models", []), "models"),
    "no attacks": (with_value("attacks", {}), "attacks"),
    "path for a study": (with_value("study", "../elsewhere"), "study"),
    "path for a model": (with_value("models.2.name", "a/b"), "models.2.name"),
    "no threads": (with_value("resources.threads", 0), "resources.threads"),
    # Numbers that no comparison refuses.
    "nan": (with_value("training.learning_rate", NAN), "training.learning_rate"),
    "infinity": (with_value("training.learning_rate", INF), "training.learning_rate"),
    "nan in a list": (with_value("attacks.fgsm.epsilons", [0, NAN]), "attacks.fgsm.epsilons.1"),
    "nan of a model": (with_value("models.3.temperature", NAN), "models.3.temperature"),
    "infinite temperature": (with_value("models.3.temperature", INF), "models.3.temperature"),
    "nan as a table's epsilon": (with_value("tables.table2_epsilons", [NAN]), "table2_epsilons.0"),
    # What a schema cannot say.
    "no folder": (with_value("data.source", "folder"), "data.folder"),
    "unknown network": (with_value("network.name", "unet4d"), "network.name.*unet4d"),
    "size between the multiples": (with_value("preprocessing.size", 36), "preprocessing.size"),
    "size too small": (with_value("preprocessing.size", 16), "preprocessing.size.*at least 32"),
    "32 voxels with five levels": (with_value("network.levels", 5), "preprocessing.size.*64"),
    "unknown defense": (with_model(name="a", defense="prayer"), "models.a.defense.*prayer"),
    "name twice": (with_model(name="teacher", defense="undefended"), "models.*teacher.*2 times"),
    "noise without radius": (without("models.1.radius"), "models.noise-0.01.*radius"),
    "adversarial without epsilon": (without("models.7.epsilon"), "adversarial-0.01.*epsilon"),
    "PGD without steps": (without("models.10.steps"), "pgd-0.05: steps"),
    "PGD with no steps": (with_value("models.10.steps", 0), "models.10.steps"),
    "PGD without its step": (without("models.10.relative_step"), "pgd-0.05: relative_step"),
    "PGD by another name": (with_value("models.10.epsilon", 0.1), "name the model pgd-0.1"),
    "steps for FGSM training": (with_value("models.7.steps", 3), "adversarial-0.01.steps"),
    "distillation without teacher": (without("models.3.teacher"), "distillation-20.*teacher"),
    "radius of an undefended": (with_value("models.2.radius", 0.1), "models.teacher.radius"),
    "epsilon for noise": (with_value("models.1.epsilon", 0.1), "models.noise-0.01.epsilon"),
    "unknown teacher": (with_value("models.3.teacher", "nobody"), "20.teacher.*nobody"),
    "defended teacher": (
        with_value("models.3.teacher", "noise-0.01"),
        "distillation-20.teacher.*noise-0.01",
    ),
    "its own teacher": (with_value("models.3.teacher", "distillation-20"), "20.teacher"),
    "reference as teacher": (
        with_value("models.3.teacher", "undefended"),
        "distillation-20.teacher.*undefended",
    ),
    "teacher of another temperature": (
        with_value("distillation.scaled_logits", False),
        "models.distillation-20.teacher.*temperature 1.* at 20",
    ),
    "no worst case for the verdicts": (
        with_value("adaptive.epsilons", [0.03, 0.1]),
        "adaptive.epsilons: 0.05 of tables.table1_epsilon",
    ),
    "defended model first": (
        with_value("models", DEFAULT["models"][1:]),
        "models.*noise-0.01 comes first",
    ),
    "unknown attack": (with_value("attacks.prayer", {"epsilons": [0.1]}), "attacks.prayer"),
    "attack without its step": (without("attacks.i-fgsm.step_size"), "attacks.i-fgsm.*step_size"),
    "attack without its target": (without("attacks.ti-fgsm.target_class"), "ti-fgsm.*target_class"),
    "step for FGSM": (with_value("attacks.fgsm.step_size", 0.1), "attacks.fgsm.step_size"),
    "stray parameter of an attack": (with_value("attacks.i-fgsm.momentum", 1), "i-fgsm.momentum"),
    "attack on a stranger": (with_value("attacks.i-fgsm.models", ["x"]), "i-fgsm.models.*x"),
    "attack on nobody": (with_value("attacks.i-fgsm.models", []), "attacks.i-fgsm.models"),
    "attack on some": (with_value("attacks.i-fgsm.models", "some"), "attacks.i-fgsm.models"),
    "no clean scores": (with_value("attacks.fgsm.epsilons", [0.1]), "attacks.fgsm.epsilons.*0"),
    "no FGSM": (without("attacks.fgsm"), "attacks.fgsm.epsilons.*0"),
    # Adaptive attacks and their ensembles.
    "unknown method": (
        with_value("adaptive.attacks.sea.method", "prayer"), "attacks.sea.*method 'prayer' is unk"
    ),
    "another attack's name": (
        with_value("adaptive.attacks.pgd", {"method": "sea", "iterations": 3}),
        "attacks.pgd.method: is sea",
    ),
    "no method": (without("adaptive.attacks.sea.method"), "adaptive.attacks.sea.*method"),
    "unknown loss": (
        with_value("adaptive.attacks.segpgd.loss", "hinge"), "segpgd: loss 'hinge' is unknown"
    ),
    "unknown loss of SEA": (
        with_value("adaptive.attacks.sea.losses", ["margin", "hinge"]), "sea: loss 'hinge' is unk"
    ),
    "no losses of SEA": (with_value("adaptive.attacks.sea.losses", []), "attacks.sea.losses"),
    "unknown loss of FGSM": (with_value("attacks.fgsm.loss", "hinge"), "fgsm: loss 'hinge'"),
    "loss for noise": (with_value("attacks.random-signs.loss", "dice"), "random-signs.loss"),
    "unknown scale": (with_value("adaptive.attacks.sea.scale", "large"), "attacks.sea.scale"),
    "scale of zero": (with_value("adaptive.attacks.sea.scale", 0), "attacks.sea.scale"),
    "no restarts": (with_value("adaptive.attacks.pgd-restarts.restarts", 0), "restarts.restarts"),
    "no queries": (without("adaptive.attacks.square.queries"), "attacks.square: queries"),
    "class that is none of an adaptive attack": (
        with_value("adaptive.attacks.pgd-dice.target_class", 4), "pgd-dice.target_class"
    ),
    "negative class": (
        with_value("adaptive.attacks.pgd-dice.target_class", -1), "pgd-dice.target_class"
    ),
    "epsilon beyond the range": (with_value("attacks.fgsm.epsilons", [0, 2.1]), "fgsm.epsilons.1"),
    "adaptive epsilon beyond the range": (
        with_value("adaptive.epsilons", [0.05, 2.1]), "adaptive.epsilons.1"
    ),
    "epsilons of a member": (
        with_value("adaptive.attacks.sea.epsilons", [0.1]), "adaptive.attacks.sea.epsilons"
    ),
    "models of a member": (with_value("adaptive.attacks.sea.models", "all"), "attacks.sea.models"),
    "name of both kinds": (
        with_value("adaptive.attacks.fgsm", {"method": "fgsm"}), "attacks.fgsm: the name is taken"
    ),
    "unknown ensemble": (with_value("adaptive.ensemble", "slow"), "adaptive.ensemble: 'slow'"),
    "ensemble without members": (with_value("adaptive.ensembles.fast", []), "ensembles.fast"),
    "member that is no attack": (
        with_value("adaptive.ensembles.full", ["fgsm", "prayer"]), "ensembles.full: prayer"
    ),
    "member twice": (with_value("adaptive.ensembles.fast", ["fgsm", "fgsm"]), "ensembles.fast"),
    "member for some models alone": (
        with_value("attacks.fgsm.models", ["undefended"]), "attacks.fgsm.models: is not all"
    ),
    "member without an epsilon": (
        with_value("adaptive.epsilons", [0.05, 0.15]), "attacks.fgsm.epsilons: 0.15"
    ),
    "transfer of no attack": (
        with_value("adaptive.transfer.attack", "prayer"), "adaptive.transfer.attack: prayer"
    ),
}  # fmt: skip
