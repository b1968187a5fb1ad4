"""Names of the volumes and label values in `dataset.json` of the Decathlon's layout."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robustseg.data.cohort import BRATS

_SEQUENCES = (
    (re.compile(r"flair|t2 ?f"), "flair"),
    (re.compile(r"t1 ?w? ?(gd|ce?\b|\+)|t1.*\b(gd|ga|ce|contrast|post|enhanced)"), "t1gd"),
    (re.compile(r"t1"), "t1"),
    (re.compile(r"t2"), "t2"),
)
_CLASSES = (
    (re.compile(r"background"), 0),
    (re.compile(r"necro|\bncr\b|non ?enhanc|\bnet\b|\bncrnet\b"), 1),
    (re.compile(r"o?edema|\bed\b"), 2),
    (re.compile(r"enhanc|\bet\b|\bgd\b|active"), 3),
)


def read_description(path: Path) -> tuple[dict[str, int], dict[int, int], list[str]]:
    """Return sequence -> volume, label value -> class index, and one line for each problem.

    Either is empty if the file does not state it. Names are recognized by their words: "T1w",
    "t1gd", "necrotic core", "edema", "enhancing tumor". `labels` may be value -> name, as in the
    Decathlon, or name -> value, as in nnU-Net. nnU-Net's key of the modalities is `channel_names`.
    """
    try:
        stated = json.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return {}, {}, [f"{path}: cannot be read ({reason}); copy the file anew"]
    problems: list[str] = []
    if not isinstance(stated, Mapping):
        return {}, {}, [f"{path}: is no JSON object; copy the file anew"]
    volumes: dict[str, int] = {}
    key = "modality" if "modality" in stated else "channel_names"
    if key in stated:
        found = _numbered(stated[key], _SEQUENCES)
        volumes = {} if found is None else {name: number for number, name in found.items()}
        if found is None or sorted(found) != [0, 1, 2, 3] or set(volumes) != set(BRATS.sequences):
            problems.append(
                f"{path}: {key} does not name FLAIR, T1w, t1gd and T2w once each, as volumes 0 to "
                "3; correct the names, or give every sequence a file of its own"
            )
    values: dict[int, int] = {}
    if "labels" in stated:
        values = _numbered(stated["labels"], _CLASSES) or {}
        if sorted(values.values()) != list(range(len(BRATS.classes))) or values.get(0) != 0:
            problems.append(
                f"{path}: labels does not name background (0), edema, non-enhancing and enhancing "
                "tumor once each; correct the names, or give the cases in another layout"
            )
    return volumes, values, problems


def _numbered(stated: Any, known: tuple[tuple[re.Pattern[str], Any], ...]) -> dict[int, Any] | None:
    """Return number -> meaning of its name; None if a name or number is unknown."""
    if isinstance(stated, list):
        stated = dict(enumerate(stated))
    if not isinstance(stated, Mapping):
        return None
    found = {}
    for key, value in stated.items():
        number, name = (value, key) if isinstance(value, int) else (key, value)
        words = re.sub(r"[^a-z0-9+]+", " ", str(name).lower())
        meaning = next((what for pattern, what in known if pattern.search(words)), None)
        if meaning is None or not str(number).isdecimal() or int(number) in found:
            return None
        found[int(number)] = meaning
    return found
