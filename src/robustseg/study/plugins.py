"""Look-up of attacks, defenses, networks and objectives, built in or the user's own.

A name with a colon is ``module:object``, or ``file:object`` with the name of a file that
``plugins`` lists. Its parameters are those of its signature.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from robustseg.attacks.registry import ATTACKS, PROBLEM, AttackEntry
from robustseg.defenses.registry import DEFENSES, DefenseEntry
from robustseg.models.registry import NETWORKS, NetworkEntry
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import expand, resolve
from robustseg.threat.registry import OBJECTIVES

Entry = TypeVar("Entry")
STANDARDIZATIONS = ("volume", "brain", "cohort")

OF_ATTACKS = ("method", "epsilons", "models")
OF_MODELS = ("name", "defense", "training")
"""Keys that the configuration itself reads."""

GIVEN = ("temperature", "loss", "threat_model", "teacher", "teacher_temperature")
"""Values that a defense gets for fields of these names, besides its own keys."""

CHANNELS = {"sequences": "in_channels", "classes": "out_channels"}
"""Values that a network gets for arguments of these names, by this project or by MONAI."""


def _built_in(name: str, known: Mapping[str, Entry]) -> Entry:
    if name not in known:
        raise InputError(
            f"{name!r} is unknown; choose from {', '.join(known)}, or name module:object"
        )
    return known[name]


def _refuse(target: str, names: Iterable[str], reserved: Sequence[str]) -> None:
    for name in names:
        if name in reserved:
            raise InputError(
                f"{target}: its parameter {name} means something else in a configuration; rename it"
            )


def attack_entry(name: str, plugins: Sequence[str]) -> AttackEntry:
    """Return the entry of the attack ``name``.

    Raises:
        InputError: it does not exist, or it is no function of a problem and keywords.
    """
    if ":" not in name:
        return _built_in(name, ATTACKS)
    target = expand(name, plugins)
    function = resolve(target)
    parameters = list(_signature(function, target).values())
    first = [entry for entry in parameters if entry.kind is not entry.KEYWORD_ONLY]
    if inspect.isclass(function) or len(first) != 1:
        raise InputError(
            f"{target}: is no attack; define a function of one problem and keyword-only parameters"
        )
    own = [entry for entry in parameters if entry not in first and entry.name != "on_iterate"]
    _refuse(target, (entry.name for entry in own), (*OF_ATTACKS, *PROBLEM))
    return AttackEntry(
        attack=target,
        parameters=tuple(entry.name for entry in own if entry.default is entry.empty),
        optional=(*PROBLEM, *(entry.name for entry in own if entry.default is not entry.empty)),
        iterative=len(own) + 1 < len(parameters),
    )


def defense_entry(name: str, plugins: Sequence[str]) -> DefenseEntry:
    """Return the entry of the defense ``name``.

    Raises:
        InputError: it does not exist, or it is no subclass of `Undefended`.
    """
    if ":" not in name:
        return _built_in(name, DEFENSES)
    from robustseg.defenses.undefended import Undefended

    target = expand(name, plugins)
    kind = resolve(target)
    if not (isinstance(kind, type) and issubclass(kind, Undefended)):
        raise InputError(f"{target}: is no defense; define a subclass of robustseg.Undefended")
    declared = {field.name: field for field in fields(kind)}
    own = [field for field in declared.values() if field.name not in GIVEN]
    _refuse(target, declared, OF_MODELS)
    teacher = ("teacher",) if "teacher" in declared else ()
    bare = [f.name for f in own if f.default is MISSING and f.default_factory is MISSING]
    return DefenseEntry(
        build=target,
        parameters=(*bare, *teacher),
        optional=tuple(field.name for field in own if field.name not in bare),
        passes=getattr(kind, "passes", DefenseEntry.passes),
    )


def network_entry(name: str, plugins: Sequence[str]) -> NetworkEntry:
    """Return the entry of the network ``name``.

    Raises:
        InputError: it does not exist, or it is not callable.
    """
    if ":" not in name:
        return _built_in(name, NETWORKS)
    target = expand(name, plugins)
    parameters = _signature(resolve(target), target)
    own = [
        entry
        for entry in parameters.values()
        if entry.name not in (*CHANNELS, *CHANNELS.values())
        and entry.kind not in (entry.VAR_KEYWORD, entry.VAR_POSITIONAL)
    ]
    return NetworkEntry(
        build=target,
        parameters=tuple(entry.name for entry in own if entry.default is entry.empty),
        optional=tuple(entry.name for entry in own if entry.default is not entry.empty),
    )


def channels(target: str, *, sequences: int, classes: int) -> dict[str, int]:
    """Return the numbers of channels under the argument names of the network ``target``."""
    counts = {"sequences": sequences, "classes": classes}
    if target in {entry.build for entry in NETWORKS.values()}:
        return counts
    known = _signature(resolve(target), target)
    return {
        name: counts[ours]
        for ours, theirs in CHANNELS.items()
        for name in (ours, theirs)
        if name in known
    }


def objective_target(name: str, plugins: Sequence[str]) -> str:
    """Return ``"module:object"`` of the objective ``name``.

    Raises:
        InputError: it does not exist, or it is not callable.
    """
    if ":" not in name:
        return _built_in(name, OBJECTIVES)
    target = expand(name, plugins)
    found = resolve(target)
    parameters = _signature(found, target)
    needed = {entry.name for entry in parameters.values() if entry.default is entry.empty}
    if inspect.isclass(found):
        sound = needed <= {"loss", "regions"}
    else:
        sound = {"targeted", "progress"} <= set(parameters)
    if not sound:
        raise InputError(
            f"{target}: is no loss; define a function (logits, target, *, targeted, progress), or "
            "a class of such that needs at most loss and regions"
        )
    return target


def preprocessing_settings(settings: Mapping[str, Any], plugins: Sequence[str]) -> dict[str, Any]:
    """Return ``preprocessing:`` with the user's standardization as ``"module:object"``.

    Raises:
        InputError: there is no such object, or it is not callable.
    """
    name = str(settings["standardization"])
    if ":" not in name:
        _built_in(name, dict.fromkeys(STANDARDIZATIONS))
        return dict(settings)
    target = expand(name, plugins)
    _signature(resolve(target), target)
    return {**settings, "standardization": target}


def _signature(found: object, target: str) -> Mapping[str, inspect.Parameter]:
    if not callable(found):
        raise InputError(f"{target}: is {type(found).__name__}, which cannot be called")
    return inspect.signature(found).parameters


def targets(settings: Mapping[str, Any]) -> list[str]:
    """Return the objects that the settings of a job name, such as `Study.request` or `recipe`."""
    named = [
        *(settings.get(key) for key in ("attack", "defense", "network")),
        settings.get("architecture", {}).get("name"),
        settings.get("problem", {}).get("objective"),
        *settings.get("parameters", {}).get("losses", ()),
    ]
    own = settings.get("standardization", "")
    named += [own] if ":" in own else []
    return [target for target in named if target]


def listing_problems(plugins: Sequence[str]) -> Iterator[str]:
    """Yield one line for each listed file or package that is missing."""
    stems: dict[str, str] = {}
    for listed in plugins:
        if listed.endswith(".py"):
            stem = Path(listed).stem
            if not Path(listed).is_file():
                yield f"plugins: {listed} is no file; correct the path"
            elif stem in stems:
                yield f"plugins: {stems[stem]} and {listed} are both {stem}:; rename one"
            stems[stem] = listed
        elif not _importable(listed):
            yield f"plugins: {listed} cannot be imported; install it, or name a file (.py)"


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
