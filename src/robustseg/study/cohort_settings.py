"""Checks of the `cohort` part of a configuration that a JSON schema cannot express."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from robustseg.data.cohort import BRATS
from robustseg.data.labels import LABEL_SUFFIX, file_suffix
from robustseg.data.layouts.sheet import OF_TUMORS, OPTIONAL

LARGEST = 65535
"""Largest label value."""
MOST = 255
"""Most classes: samples keep their indices in a byte."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SHEET = ("case", "label", *OPTIONAL, OF_TUMORS, LABEL_SUFFIX)
_FACTS = ("shape", "orientation", "spacing_mm", "voxel_ml", "tumor_ml", "brain_ml", "brain_share",
          "skull_stripped")  # fmt: skip
"""Facts of the validation about a case, besides its sequences."""

Settings = Mapping[str, Any]


def cohort_problems(config: Settings) -> Iterator[str]:
    """Yield the problems of the cohort, one line each: `cohort.<key>: <what>; <what to do>`."""
    cohort = config["cohort"]
    yield from _sequence_problems(cohort["sequences"])
    yield from _window_problems(cohort)
    yield from _class_problems(cohort["classes"])
    yield from _region_problems(cohort)
    yield from _support_problems(cohort, config["threat_model"]["support"])
    if config["data"]["source"] != "sheet":
        yield from _source_problems(cohort, config["data"]["source"])


def _name_problems(key: str, names: Sequence[str], reserved: Sequence[str]) -> Iterator[str]:
    """Yield the names that cannot be names of columns and files."""
    if not names:
        yield f"{key}: is empty; name at least one"
    seen: dict[str, str] = {}
    for name in names:
        if not _NAME.fullmatch(name):
            yield (
                f"{key}: {name!r} is no plain name; it becomes a column, so take letters, digits "
                "and _, a letter first"
            )
        elif name.lower() in reserved:
            yield f"{key}: {name} means something else here; choose another name"
        elif name.lower() in seen:
            yield f"{key}: {seen[name.lower()]} and {name} are one name; give each its own"
        seen.setdefault(name.lower(), name)


def _sequence_problems(sequences: Sequence[str]) -> Iterator[str]:
    yield from _name_problems("cohort.sequences", sequences, (*_SHEET, *_FACTS))
    for name in sequences:
        if (suffix := file_suffix(name)) != name and suffix in sequences:
            yield f"cohort.sequences: {name} and {suffix} are one sequence; keep one of them"


def _window_problems(cohort: Settings) -> Iterator[str]:
    windows = cohort["windows"]
    for name, (low, high) in windows.items():
        if name not in cohort["sequences"]:
            yield f"cohort.windows.{name}: is none of cohort.sequences; correct or remove it"
        if not low < high:
            yield f"cohort.windows.{name}: {low} is not below {high}; give the lowest value first"
    if windows and cohort["bias_correction"] == "n4":
        yield (
            "cohort.bias_correction: N4 takes the logarithm of the scanner's own intensities, "
            "cohort.windows clips them; set it to none or remove the windows"
        )


def _support_problems(cohort: Settings, support: str) -> Iterator[str]:
    """Yield a problem if the background is not the lowest intensity, as the support requires."""
    bare = [name for name in cohort["sequences"] if name not in cohort["windows"]]
    if support == "brain" and cohort["bias_correction"] == "none" and bare:
        yield (
            f"threat_model.support: brain are the voxels above the lowest intensity; without N4 "
            f"that is the background only in a window: give {', '.join(bare)} one "
            "(cohort.windows), or take volume"
        )


def _class_problems(classes: Sequence[Settings]) -> Iterator[str]:
    yield from _name_problems(
        "cohort.classes", [entry["name"] for entry in classes], ("background", "foreground")
    )
    if len(classes) > MOST:
        yield f"cohort.classes: are {len(classes)}; at most {MOST} can be told apart"
    seen: dict[int, str] = {}
    for entry in classes:
        name, label = entry["name"], entry["label"]
        if label == 0:
            yield f"cohort.classes: {name} has label 0, which is background; leave it out"
        elif not 0 < label <= LARGEST:
            yield f"cohort.classes: label {label} of {name} is not from 1 to {LARGEST}; correct it"
        elif label in seen:
            yield f"cohort.classes: {seen[label]} and {name} both have label {label}; correct one"
        seen.setdefault(label, name)


def _region_problems(cohort: Settings) -> Iterator[str]:
    regions, known = cohort["regions"], [entry["label"] for entry in cohort["classes"]]
    named = {entry["label"]: entry["name"] for entry in cohort["classes"]}
    yield from _name_problems("cohort.regions", [entry["name"] for entry in regions], ("case",))
    for entry in regions:
        name, labels = entry["name"], entry["labels"]
        if name not in BRATS.regions and name.lower() in BRATS.regions:
            yield f"cohort.regions: {name} is a region of BraTS; write {name.lower()}"
        if not labels:
            yield f"cohort.regions: {name} has no labels; name at least one"
        elif name in BRATS.regions and all(label in named for label in labels):
            expected = [BRATS.classes[index] for index in BRATS.regions[name]]
            if {named[label] for label in labels} != set(expected):
                yield (
                    f"cohort.regions: {name} is that of BraTS, of the classes "
                    f"{', '.join(expected)}; choose another name"
                )
        for label in dict.fromkeys(labels):
            if known and label not in known:
                listed = ", ".join(map(str, known))
                yield (
                    f"cohort.regions: label {label} of {name} is none of cohort.classes "
                    f"({listed}); correct it"
                )
            if labels.count(label) > 1:
                yield f"cohort.regions: {name} lists label {label} twice; keep one"


def _source_problems(cohort: Settings, source: str) -> Iterator[str]:
    """Yield the settings that need a sheet."""
    for name in cohort["sequences"]:
        if name not in BRATS.sequences:
            yield (
                f"cohort.sequences: data.source {source} has no {name}, only "
                f"{', '.join(BRATS.sequences)}; list the files in a sheet (data.source: sheet)"
            )
    if cohort["classes"] != BRATS.as_json()["classes"]:
        yield (
            f"cohort.classes: data.source {source} has those of BraTS; leave them as they are, or "
            "list the files in a sheet (data.source: sheet)"
        )
