"""PyTorch without what it reads for tracing alone.

``import torch`` registers, in Python, what every operation does to tensors without data: for
torch.compile, torch.export and the device "meta". That is a fifth of its time, and the jobs that
attack, most of which live for two seconds, compute without it, and the same.
"""

import importlib
import sys
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

TESTED = "2.13."
"""Versions of PyTorch that are known to do without; others are read as a whole."""

RULES = "torch._meta_registrations"

READ_WITH_THEM = ("_decomp", "_prims", "_refs")
"""Modules that PyTorch uses without importing them, because the rules have."""

TRACER = "torch._dynamo"
"""What traces. Optimisers, checkpointing and deterministic algorithms import it, too."""


def leave_out() -> None:
    """Import PyTorch without the rules, or do nothing where it has been imported.

    What uses them by name, and what imports the tracer, brings them back. Tensors on the device
    "meta" and the operations ``torch.ops.prims`` do not: they need `restore` first.
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
    sys.meta_path.insert(0, _BeforeTracer())


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


class _BeforeTracer(MetaPathFinder):
    """Finds nothing, but is asked first."""

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> None:
        if name == TRACER:
            restore()
