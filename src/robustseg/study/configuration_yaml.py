"""Checks for surprises of YAML: repeated keys, numbers and names.

YAML readers silently keep only the last of two equal keys. ``001`` is the number 1, ``010`` the
number 8, and ``1e-3``, without a point, is text (YAML 1.1).
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from robustseg.runtime.errors import InputErrors

_OTHER_BASE = re.compile(r"[-+]?0[0-9_]+|[-+]?[0-9_]+(:[0-9]+)+(\.[0-9_]*)?")
"""Octal numbers and numbers of base 60, which are never intended in a configuration."""


def read_files(paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Return the contents of the YAML files of a configuration.

    Raises:
        InputErrors: one line for each file that is no mapping, for each repeated key at any depth,
            and for each number that differs from its digits.
    """
    read, problems = [], []
    for path in map(Path, paths):
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        try:
            # Snakemake also reads JSON, which may be indented by tabs.
            text = path.read_text(encoding="utf-8").replace("\t", " ")
            read.append(yaml.safe_load(text))
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError):
            root = None
        if isinstance(root, yaml.MappingNode):
            problems += [f"{shown}: {problem}" for problem in _node_problems(root, "", set())]
        else:
            problems.append(f"{shown}: not a YAML mapping of keys; correct it")
    if problems:
        raise InputErrors(problems)
    return read


def _node_problems(node: yaml.Node, key: str, seen: set[int]) -> Iterator[str]:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        is_number = node.tag.endswith((":int", ":float"))
        if is_number and _OTHER_BASE.fullmatch(node.value):
            yield (
                f"{key}: {node.value} is the number {yaml.safe_load(node.value)} in YAML; "
                f"quote it: '{node.value}' (a number has no leading 0 and no colon)"
            )
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _node_problems(item, f"{key}.{number}", seen)
    elif isinstance(node, yaml.MappingNode):
        lines = defaultdict(list)
        for name, value in node.value:
            inner = f"{key}.{name.value}" if key else str(name.value)
            if name.tag != "tag:yaml.org,2002:merge":
                lines[inner].append(str(name.start_mark.line + 1))
                yield from _node_problems(name, inner, seen)
            yield from _node_problems(value, inner, seen)
        for inner, places in lines.items():
            if len(places) > 1:
                yield (
                    f"{inner}: is given {len(places)} times (lines {', '.join(places)}), and YAML "
                    "keeps only the last; make them one"
                )


def type_problem(error: jsonschema.ValidationError) -> str | None:
    """Return `<what>; <what to do>` for a value that YAML reads as another type than intended.

    The result is None if the error is not about a name, a number or a number's type.
    """
    value, wanted = error.instance, set[str]()
    for cause in (error, *(error.context or ())):
        if cause.validator == "type" and cause.instance is value:
            kinds = cause.validator_value
            wanted |= {kinds} if isinstance(kinds, str) else set(kinds)
    if "string" in wanted and not isinstance(value, str | list | dict):
        return f"{value} is not text in YAML; quote it as it is written, as in '001'"
    if "integer" in wanted and isinstance(value, float) and value.is_integer():
        return f"{value} is not an integer; write {int(value)}"
    if not wanted & {"integer", "number"} or not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if not isinstance(yaml.safe_load(value), str):
        return (
            f"{value!r} is text; write {value.strip()} without quotes, in a file for "
            "--configfile: --config nests text only"
        )
    whole = "number" not in wanted and number.is_integer()
    right = int(number) if whole else _as_float(value, number)
    return f"{value} is text in YAML; write {right} (in a file: --config nests text only)"


def _as_float(text: str, number: float) -> str:
    """Write ``text`` with the point and the signed exponent that YAML requires in a number."""
    mantissa, mark, exponent = text.strip().lower().partition("e")
    if not mark:
        return f"{number:g}"
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"
