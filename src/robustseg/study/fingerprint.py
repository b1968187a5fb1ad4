"""A fingerprint of the code that a job runs, which shows when results are outdated.

Snakemake compares dates and texts of scripts, so it would repeat a study after a checkout. The
fingerprint covers a script, the plug-ins of its job, and every module of the package and of the
user that these import, directly or indirectly. They are compared as syntax trees without
docstrings, so comments and docstrings change nothing. The fingerprint of a script that imports the
pages includes their templates.
"""

import ast
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import robustseg

SOURCE = Path(__file__).resolve().parents[2]
PACKAGE = "robustseg"
PAGES, TEMPLATES = f"{PACKAGE}.html.pages", "templates"


def fingerprint(script: str | Path, *targets: str, plugins: Sequence[str] = ()) -> str:
    """Return 16 hexadecimal digits for ``script``, ``targets`` and the modules that they import.

    Args:
        script: of the job.
        targets: objects that the job uses by name: ``"module:object"`` or ``"file.py:object"``.
        plugins: the user's packages, whose modules are treated like those of this package.
    """
    digest = hashlib.sha256("\n".join(targets).encode())
    files = code_files(script, *targets, plugins=plugins)
    for name, path in files.items():
        digest.update(f"{name}\n{_code(path)}\n".encode())
    if PAGES in files:
        for path in sorted(files[PAGES].with_name(TEMPLATES).iterdir()):
            digest.update(f"{path.name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:16]


def code_files(script: str | Path, *targets: str, plugins: Sequence[str] = ()) -> dict[str, Path]:
    """Return the files that `fingerprint` covers, by the names of their modules, sorted."""
    listed = {Path(name).stem: Path(name) for name in plugins if name.endswith(".py")}
    ours = (PACKAGE, *(name for name in plugins if not name.endswith(".py")))
    places = [target.rpartition(":")[0] for target in targets]
    found = {place: Path(place) for place in places if place.endswith(".py")} | {"": Path(script)}
    waiting = [place for place in places if place not in found]
    for path in list(found.values()):
        waiting.extend(_imports(path, ""))
    while waiting:
        module = waiting.pop()
        covered = module in listed or f"{module}.".startswith(tuple(f"{name}." for name in ours))
        if not covered or module in found:
            continue
        path = listed.get(module) or _file(module)
        if path.is_file():
            found[module] = path
            waiting.extend(_imports(path, module))
    return dict(sorted(found.items()))


def _file(module: str) -> Path:
    top, *rest = module.split(".")
    roots = [SOURCE / PACKAGE]
    if top != PACKAGE:
        spec = find_spec(top)
        if spec is None:
            return Path(module)
        if spec.submodule_search_locations is None:
            return Path(str(spec.origin))
        roots = [Path(root) for root in spec.submodule_search_locations]
    path = roots[0].joinpath(*rest)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _tree(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A string statement is a docstring, of a function or of a constant.
            node.body = [item for item in body if not _is_text(item)]  # type: ignore[attr-defined]
    return tree


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _code(path: Path) -> str:
    return ast.dump(_tree(path))


@cache
def _imports(path: Path, module: str) -> frozenset[str]:
    """Return the modules that a file imports; for public names, the modules that define them."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
            if PACKAGE in found:  # used by its attributes: any public name
                found.update(target.partition(":")[0] for target in robustseg.PUBLIC.values())
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, path, module)
            found.update([base, *(f"{base}.{alias.name}" for alias in node.names)])
            if base == PACKAGE:
                public = (robustseg.PUBLIC.get(alias.name, PACKAGE) for alias in node.names)
                found.update(target.partition(":")[0] for target in public)
    return frozenset(found - {PACKAGE})


def _base(node: ast.ImportFrom, path: Path, module: str) -> str:
    """Return the module that a statement of ``module`` imports from, absolute."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    parents = package[: len(package) - node.level + 1]
    return ".".join([*parents, *filter(None, [node.module])])
