"""A finding of the diagnostics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Measured = Mapping[str, Any]


@dataclass(frozen=True)
class Flag:
    """A finding: its ``name``, the numbers (``evidence``), what it means, and of what it speaks.

    It ``concerns`` the "model", or the "attack": a sound model that needs a longer one.
    """

    name: str
    evidence: str
    meaning: str
    concerns: str = "model"
