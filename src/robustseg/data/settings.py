"""What a JSON schema cannot say of the `data` part of a configuration."""

from collections.abc import Iterator, Mapping
from typing import Any


def data_problems(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the settings, one line each: `data.<key>: <what>; <what to do>`."""
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
