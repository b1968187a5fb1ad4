"""Checks of the `data` part of a configuration that a JSON schema cannot express."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_READ_BY = {"folder": "folder", "layout": "folder", "sheet": "sheet"}
"""Key of `data` -> the source that reads it."""


def source_problems(layers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each key of `data` that the chosen source does not read.

    A layer that names a source overrides the keys of earlier layers, so an overlay with a folder
    can be followed by one with a sheet. A folder or sheet without a matching source is a problem.

    Args:
        layers: the parts of a configuration: the default, overlays, the command line.
    """
    source, given = "phantoms", dict[str, Any]()
    for layer in layers:
        data = layer.get("data")
        if not isinstance(data, Mapping):
            continue
        named = {key: data[key] for key in _READ_BY if key in data}
        if "source" in data:
            source, given = data["source"], named if data["source"] == "phantoms" else {}
        else:
            given |= named
    for key, value in given.items():
        if _READ_BY[key] != source and value not in (None, "", "auto"):
            yield (
                f"data.{key}: is {value}, but data.source is {source}, which does not read it; set "
                f"data.source: {_READ_BY[key]}, or take data.{key} away"
            )


def data_problems(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of the settings, one line each: `data.<key>: <what>; <what to do>`."""
    source, folds, fold = data["source"], data["folds"], data["fold"]
    for key in ("folder", "sheet"):
        value = data[key]
        if source == key and not (value or "").strip():
            yield f"data.{key}: is empty; name the {key} of the cases"
        elif value and not value.isprintable():
            yield f"data.{key}: {value!r} has control characters; correct the path"
    if folds is not None and data["test_cases"]:
        yield "data.folds: cannot be combined with data.test_cases; keep one of them"
    if folds is None and fold:
        yield f"data.fold: is {fold}, but there are no folds; set data.folds"
    if isinstance(folds, int) and fold >= folds:
        yield f"data.fold: {fold} is not below data.folds {folds}; the first fold is 0"
    if folds == "sheet" and source != "sheet":
        yield "data.folds: is sheet, but the cases come from no sheet; give a number of folds"
