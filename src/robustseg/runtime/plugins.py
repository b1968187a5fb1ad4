"""Objects named by text: ``"package.module:object"``, or ``"path/to/file.py:object"``.

A registry of such names can be read without importing its objects, and a study can name the user's
own objects.
"""

import importlib
import importlib.util
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from robustseg.runtime.errors import InputError

logger = logging.getLogger(__name__)


def resolve(target: str) -> Any:
    """Import and return the object that ``target`` names.

    Raises:
        InputError: the module or file is missing or does not import, or has no such object.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise InputError(f"{target!r}: is not of the form module:object; correct the name")
    try:
        module = _from_file(place) if place.endswith(".py") else importlib.import_module(place)
    except FileNotFoundError:
        raise InputError(f"{place}: no such file; correct the path of the plug-in") from None
    except Exception as error:
        what = " ".join(str(error).split())
        raise InputError(
            f"{place}: does not import ({type(error).__name__}: {what}); correct it, or install "
            "what it needs"
        ) from error
    if not hasattr(module, name):
        raise InputError(f"{place}: has no {name}; correct the name after the colon")
    return getattr(module, name)


@contextmanager
def called(target: str, *, alone: bool = True) -> Iterator[None]:
    """Turn an error of a block that calls the user's ``target`` into one line.

    Args:
        target: of the call.
        alone: the block does nothing else, so that an `InputError` is of the target, too.

    Raises:
        InputError: the block raised any exception.
    """
    if target.startswith("robustseg."):
        yield
        return
    try:
        yield
    except InputError as error:
        if not alone:
            raise
        raise InputError(f"{target}: {error}") from error
    except Exception as error:
        logger.exception("%s failed", target)
        what = " ".join(str(error).split())
        raise InputError(
            f"{target}: failed ({type(error).__name__}: {what}); correct it"
        ) from error


@cache
def _from_file(place: str) -> ModuleType:
    path = Path(place)
    if not path.is_file():
        raise FileNotFoundError(place)
    # With a name that no library module has.
    spec = importlib.util.spec_from_file_location(f"plugin_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look up their module
    spec.loader.exec_module(module)
    return module


def expand(name: str, plugins: Sequence[str]) -> str:
    """Return ``name`` with the path of its file, if ``plugins`` lists the file.

    ``attacks:mine`` is ``ours/attacks.py:mine`` if ``ours/attacks.py`` is listed.
    """
    place, _, found = name.rpartition(":")
    files = {Path(listed).stem: listed for listed in plugins if listed.endswith(".py")}
    return f"{files.get(place, place)}:{found}"
