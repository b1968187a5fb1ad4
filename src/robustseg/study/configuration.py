"""Checks of a configuration, all before any job: one line for each wrong key or value."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from jsonschema.exceptions import best_match

from robustseg.data.download.sources import download_problems
from robustseg.defenses.registry import DEFENSES
from robustseg.models.registry import NETWORKS
from robustseg.runtime.errors import InputError, InputErrors
from robustseg.study import plugins
from robustseg.study.attack_settings import (
    attack_problems,
    ensemble_problems,
    table_problems,
)
from robustseg.study.cohort_settings import cohort_problems
from robustseg.study.configuration_yaml import type_problem
from robustseg.study.data_settings import data_problems, source_problems
from robustseg.tables.labels import family

COARSEST = 4
"""Least voxels per side of the network's coarsest level.

oneDNN's bfloat16 weight gradient of a 3x3x3 convolution is wrong on 2x2x2 voxels, and right from
3x3x3 on (tests/models/test_bfloat16.py): such a training would fail silently.
"""

_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    # Later drafts accept 30.0 as an integer, but it is no number of epochs.
    type_checker=jsonschema.Draft4Validator.TYPE_CHECKER,
)

MODEL_KEYS = ("name", "defense", "temperature", "training")


def leave_out_attacks(config: dict[str, Any]) -> None:
    """Delete the attacks that an overlay sets to null: ``attacks: {NAME: null}``."""
    if isinstance(config.get("attacks"), dict):
        config["attacks"] = {
            name: entry for name, entry in config["attacks"].items() if entry is not None
        }


def settle(config: dict[str, Any], layers: Sequence[Mapping[str, Any]]) -> None:
    """Make one configuration of what was merged, in place.

    Attacks that an overlay sets to null go, and so do the default network's keys where another
    network is named. Keys are in the default's order.

    Args:
        config: the merged configuration.
        layers: what it was merged from, in this order: the default, overlays, the command line.
    """
    leave_out_attacks(config)
    arrange(config, layers[0])
    network = config.get("network")
    if isinstance(network, dict) and ":" in str(network.get("name")):
        own = {key for layer in layers[1:] for key in layer.get("network") or ()}
        config["network"] = {key: network[key] for key in network if key in own}


def arrange(config: dict[str, Any], default: Mapping[str, Any]) -> None:
    """Bring the keys into the order of the default, others after them, in place.

    Snakemake begins a merged configuration with the overlay's keys, and compares parameters of
    jobs as text: without this, a key that an overlay repeats would run jobs again.
    """
    known = [key for key in default if key in config]
    ordered = {key: config[key] for key in (*known, *(key for key in config if key not in known))}
    config.clear()
    config.update(ordered)
    for key in known:
        if isinstance(config[key], dict) and isinstance(default[key], Mapping):
            arrange(config[key], default[key])


def check(
    config: Mapping[str, Any], schema: str | Path, layers: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Check ``config`` against the JSON schema (YAML file) and rules that it cannot express.

    Args:
        config: the whole configuration.
        schema: of the configuration.
        layers: the merged parts in order: the default, overlays, the command line.

    Raises:
        InputErrors: one line per problem, with the key, the problem and the fix.
    """
    problems = [
        *_schema_problems(config, yaml.safe_load(Path(schema).read_text())),
        *_number_problems(config),
    ]
    if not problems:
        checks = (
            _plugin_problems,
            *(_data_problems, cohort_problems, _model_problems),
            *(attack_problems, ensemble_problems, table_problems),
        )
        problems = [problem for check in checks for problem in check(config)]
        problems += source_problems(layers)
    if problems:
        raise InputErrors([f"config: {problem}" for problem in problems])


def _schema_problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.path)))
    for error in map(best_match, ([error] for error in errors)):
        key = ".".join(map(str, error.absolute_path)) or "top level"
        if error.validator == "additionalProperties":
            yield f"{key}: {error.message}; remove or correct the key (see config/README.md)"
        elif error.validator == "required":
            yield f"{key}: {error.message}; add the key (see config/config.yaml)"
        elif problem := type_problem(error):
            yield f"{key}: {problem}"
        else:
            remedy = "correct the value (see config/README.md)"
            if error.validator == "type" and isinstance(error.instance, str):
                remedy = "correct the value, in a file for --configfile: --config nests text only"
            yield f"{key}: {_shorten(error.message)}; {remedy}"


def _number_problems(value: object, key: str = "") -> Iterator[str]:
    # Every comparison with nan is false, so no minimum or maximum of the schema rejects it.
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{key}: {value} is not a finite number; correct the value (see config/README.md)"
    elif isinstance(value, Mapping | list):
        for name, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _number_problems(item, f"{key}.{name}" if key else str(name))


def _shorten(message: str, limit: int = 160) -> str:
    message = " ".join(message.split())
    return message if len(message) <= limit else f"{message[:limit]}..."


def _plugin_problems(config: Mapping[str, Any]) -> Iterator[str]:
    yield from plugins.listing_problems(config["plugins"])
    try:
        plugins.preprocessing_settings(config["preprocessing"], config["plugins"])
    except InputError as error:
        yield f"preprocessing.standardization: {error}"


def _data_problems(config: Mapping[str, Any]) -> Iterator[str]:
    yield from download_problems(config)
    data, network, size = config["data"], config["network"], config["preprocessing"]["size"]
    yield from data_problems(data)
    try:
        entry = plugins.network_entry(network["name"], config["plugins"])
    except InputError as error:
        yield f"network.name: {error}"
        return
    for key in entry.parameters:
        if key not in network:
            yield f"network.{key}: is missing; {network['name']} needs it"
    allowed = (*entry.parameters, *entry.optional)
    for key in network:
        if key not in ("name", *allowed):
            yield f"network.{key}: {network['name']} takes no such key; remove it"
    levels = network["levels"] if network["name"] in NETWORKS and "levels" in network else 0
    if levels and (size % 2 ** (levels - 1) or size // 2 ** (levels - 1) < COARSEST):
        yield (
            f"preprocessing.size: {size} does not suit network.levels {levels}; "
            f"take a multiple of {2 ** (levels - 1)}, at least {COARSEST * 2 ** (levels - 1)}"
        )


def _model_problems(config: Mapping[str, Any]) -> Iterator[str]:
    models = config["models"]
    by_name = {model["name"]: model for model in models}
    for name, count in Counter(model["name"] for model in models).items():
        if count > 1:
            yield f"models: {name} is listed {count} times; give every model its own name"
    for model in models:
        name, defense = model["name"], model["defense"]
        try:
            entry = plugins.defense_entry(defense, config["plugins"])
        except InputError as error:
            yield f"models.{name}.defense: {error}"
            continue
        allowed = (*entry.parameters, *entry.optional)
        for key in entry.parameters:
            if key not in model:
                yield f"models.{name}: {key} is missing; {defense} needs it"
        for key in model:
            if key not in (*MODEL_KEYS, *allowed):
                yield f"models.{name}.{key}: {defense} takes no such key; remove it"
        method, _ = family(name)
        if (method in DEFENSES and method != defense and name != method) or (
            name == "undefended" != defense
        ):
            yield f"models.{name}: its defense is {defense}, not {method}; choose another name"
        number = entry.named_by
        if number in model and name != (right := f"{defense}-{model[number]:g}"):
            yield f"models.{name}: its {number} is {model[number]:g}; name the model {right}"
        if "teacher" in model and "teacher" in allowed:
            yield from _teacher_problems(config, model, by_name)
    if models and models[0]["defense"] != "undefended":
        yield f"models: {models[0]['name']} comes first; the first model must be undefended"


def _teacher_problems(
    config: Mapping[str, Any], model: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    name, teacher = model["name"], by_name.get(model["teacher"])
    if teacher is None:
        yield f"models.{name}.teacher: {model['teacher']} is not among the models; add it"
    elif teacher["defense"] != "undefended":
        yield f"models.{name}.teacher: {teacher['name']} is not undefended; name one that is"
    elif teacher is config["models"][0]:
        yield f"models.{name}.teacher: {teacher['name']} is the reference model; add a teacher"
    else:
        own, taught = model.get("temperature", 1), teacher.get("temperature", 1)
        if not config["distillation"]["scaled_logits"] and own != taught:
            yield (
                f"models.{name}.teacher: {teacher['name']} is trained at temperature {taught}, "
                f"the student at {own}; make them equal (or set distillation.scaled_logits)"
            )
