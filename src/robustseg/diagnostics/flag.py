"""A finding of the diagnostics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Measured = Mapping[str, Any]


@dataclass(frozen=True)
class Flag:
    """A finding: its ``name``, its ``evidence`` in numbers, its ``meaning``, and its subject.

    It ``concerns`` the "model" or the "attack". In the latter case the model may be sound, but it
    needs a longer attack.
    """

    name: str
    evidence: str
    meaning: str
    concerns: str = "model"
