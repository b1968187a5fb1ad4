"""PyTorch without what it reads for tracing alone.

``import torch`` registers, in Python, what every operation does to tensors without data: for
torch.compile, torch.export and the device "meta". That is a fifth of its time, and the jobs that
attack, most of which live for two seconds, need none of it. No operation on data changes.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

TESTED = "2.13."
"""Versions of PyTorch that are known to do without; others are read as a whole."""

RULES = "torch._meta_registrations"

READ_WITH_THEM = ("_decomp", "_prims", "_refs")
"""Modules that PyTorch uses without importing them, because the rules have."""


def leave_out() -> None:
    """Import PyTorch without the rules, or do nothing where it has been imported.

    Whatever uses them by name brings them back. What traces does not: it needs `restore` first.
    """
    if "torch" in sys.modules:
        return
    sys.modules[RULES] = _Later(RULES)
    torch = importlib.import_module("torch")
    if not torch.__version__.startswith(TESTED):
        restore()
        return
    for name in READ_WITH_THEM:
        if name not in vars(torch):
            setattr(torch, name, _Later(f"torch.{name}"))
    # Read with the rules, too. Generators of random numbers refuse to be made without a metaclass.
    torch._C._set_generator_metaclass(torch._opaque_base.OpaqueBaseMeta)


def restore() -> None:
    """Read what `leave_out` left out, if it did."""
    if isinstance(sys.modules.get(RULES), _Later):
        del sys.modules[RULES]
        importlib.import_module(RULES)


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by whoever looks through all modules
            raise AttributeError(name)
        restore()
        return getattr(sys.modules[self.__name__], name)
