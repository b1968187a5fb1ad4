"""Objects named by strings, so that a registry can be read without importing what it lists."""

import importlib
from typing import Any


def resolve(target: str) -> Any:
    """Import and return ``"package.module:name"``."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)
