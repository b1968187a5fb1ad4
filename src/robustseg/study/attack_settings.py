"""Checks of the attacks, ensembles, tables and diagnostics of a configuration."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from robustseg.attacks.registry import ATTACKS
from robustseg.runtime.errors import InputError
from robustseg.study import plugins
from robustseg.study.study import SHARED_KEYS

Config = Mapping[str, Any]
RESERVED = ("none", "worst-case")


def attack_problems(config: Config) -> Iterator[str]:
    """Yield the problems of each attack."""
    names = {model["name"] for model in config["models"]}
    for attack in {**config["attacks"], **config["adaptive"]["attacks"]}:
        if attack in RESERVED:
            yield f"attacks.{attack}: means something else in the tables; choose another name"
    for attack, entry in config["attacks"].items():
        yield from _entry_problems(f"attacks.{attack}", attack, entry, config["plugins"])
        yield from _target_problems(f"attacks.{attack}", entry, config)
        if isinstance(entry.get("models"), list):
            for name in entry["models"]:
                if name not in names:
                    yield f"attacks.{attack}.models: {name} is not among the models; correct it"
        yield from _epsilon_problems(f"attacks.{attack}", entry["epsilons"])
    for attack, entry in config["adaptive"]["attacks"].items():
        key = f"adaptive.attacks.{attack}"
        if attack in config["attacks"]:
            yield f"{key}: the name is taken by an attack of attacks:; choose another"
        for name in ("epsilons", "models"):
            if name in entry:
                yield f"{key}.{name}: the ensemble has them in common; remove it"
        yield from _entry_problems(key, attack, entry, config["plugins"])
        yield from _target_problems(key, entry, config)
    yield from _epsilon_problems("adaptive", config["adaptive"]["epsilons"])


def _entry_problems(
    key: str, attack: str, entry: Mapping[str, Any], listed: Sequence[str]
) -> Iterator[str]:
    method = entry.get("method", attack)
    try:
        found = plugins.attack_entry(method, listed)
    except InputError as error:
        yield f"{key}: method {error}"
        return
    if attack in ATTACKS and method != attack:
        yield f"{key}.method: is {method}, another attack's; choose another name"
    required, optional = found.parameters, found.optional
    for name in required:
        if name not in entry:
            yield f"{key}: {name} is missing; add it"
    for name in entry:
        if name not in (*SHARED_KEYS, *required, *optional):
            yield f"{key}.{name}: {method} takes no such key; remove it"
    for loss in [*([entry["loss"]] if "loss" in entry else []), *entry.get("losses", [])]:
        try:
            plugins.objective_target(loss, listed)
        except InputError as error:
            yield f"{key}: loss {error}"


def _target_problems(key: str, entry: Mapping[str, Any], config: Config) -> Iterator[str]:
    last, target = len(config["cohort"]["classes"]), entry.get("target_class", 0)
    if last and target > last:
        yield f"{key}.target_class: {target} is above {last}, the last of cohort.classes; lower it"


def _epsilon_problems(key: str, epsilons: list[float]) -> Iterator[str]:
    for epsilon in epsilons:
        if float(f"{epsilon:g}") != epsilon:
            yield f"{key}.epsilons: {epsilon} has too many digits; keep six"


def ensemble_problems(config: Config) -> Iterator[str]:
    """Yield the problems of the ensembles, the transfer attack and the diagnostics."""
    adaptive = config["adaptive"]
    ensembles, known = adaptive["ensembles"], {**config["attacks"], **adaptive["attacks"]}
    if adaptive["ensemble"] not in ensembles:
        yield (
            f"adaptive.ensemble: {adaptive['ensemble']!r} is unknown; choose from "
            f"{', '.join(ensembles)}"
        )
    for name, members in ensembles.items():
        if not members:
            yield f"adaptive.ensembles.{name}: has no members; name at least one attack"
        for member in members:
            if member not in known:
                yield f"adaptive.ensembles.{name}: {member} is not among the attacks; define it"
            elif member in config["attacks"] and name == adaptive["ensemble"]:
                yield from _member_problems(config, member)
    verdicts = config["tables"]["table1_epsilon"]
    if verdicts not in adaptive["epsilons"]:
        yield f"adaptive.epsilons: {verdicts} of tables.table1_epsilon is missing; add it"
    transfer = adaptive["transfer"]["attack"]
    if transfer not in known:
        yield f"adaptive.transfer.attack: {transfer} is not among the attacks; define it"


def _member_problems(config: Config, member: str) -> Iterator[str]:
    entry = config["attacks"][member]
    if entry.get("models", "all") != "all":
        yield f"attacks.{member}.models: is not all; the ensemble compares all models under it"
    for epsilon in config["adaptive"]["epsilons"]:
        if epsilon not in entry["epsilons"]:
            yield f"attacks.{member}.epsilons: {epsilon} of adaptive.epsilons is missing; add it"


def table_problems(config: Config) -> Iterator[str]:
    """Yield the epsilons that a table or figure needs and no attack has."""
    attacks = config["attacks"]
    fgsm = attacks.get("fgsm", {"epsilons": []})
    if 0 not in fgsm["epsilons"]:
        yield "attacks.fgsm.epsilons: 0 is missing; the clean scores are FGSM's at epsilon 0"
    if fgsm.get("models", "all") != "all":
        yield "attacks.fgsm.models: is not all; the tables compare all models under FGSM"
    wanted = {
        "tables.table1_epsilon": config["tables"]["table1_epsilon"],
        **{
            f"tables.table2_epsilons.{i}": e
            for i, e in enumerate(config["tables"]["table2_epsilons"])
        },
        "figures.figure5_epsilon": config["figures"]["figure5_epsilon"],
    }
    reference = config["models"][0]["name"]
    for attack in ("i-fgsm", "ti-fgsm", "random-signs"):
        entry = attacks.get(attack, {"models": []})
        attacked = entry.get("models", "all")
        if attacked == "all" or reference in attacked:
            epsilon = config["tables"]["table1_epsilon"]
            if epsilon not in entry["epsilons"]:
                yield f"attacks.{attack}.epsilons: {epsilon} of table1_epsilon is missing; add it"
    for key, epsilon in wanted.items():
        if epsilon and epsilon not in fgsm["epsilons"]:
            yield f"{key}: {epsilon} is not in attacks.fgsm.epsilons; add it there or change it"
