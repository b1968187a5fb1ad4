"""The verdict on a model from its measurements and the transfer matrix."""

import csv
import json
from collections import defaultdict
from pathlib import Path

from robustseg.diagnostics.verdict import flags
from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path


def judge(measured: str | Path, transfer: str | Path, output: str | Path) -> None:
    """Write the measurements and the resulting ``flags`` as JSON.

    Args:
        measured: the file of `examination.examine_model`.
        transfer: CSV with the columns source, target, case and the Dice of every region.
        output: a JSON file.

    Raises:
        InputError: a file is damaged.
    """
    try:
        found = json.loads(Path(measured).read_text(encoding="utf-8"))
        means = _means(Path(transfer), found["model"])
        found["flags"] = flags(
            found["measurements"],
            own=found["model"],
            temperature=found["temperature"],
            transfer=means,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{measured}, {transfer}: damaged ({error}); delete and rerun") from error
    found["transfer"] = means
    with atomic_path(output) as temporary:
        temporary.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _means(path: Path, target: str) -> dict[str, float]:
    """Return source -> the target's mean Dice over regions and cases."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["target"] == target:
                dice = [column for column in row if column.startswith("dice_")]
                values[row["source"]].extend(float(row[column]) for column in dice)
    if not all(values.values()):
        raise KeyError("dice_<region>")
    return {source: sum(found) / len(found) for source, found in values.items()}
