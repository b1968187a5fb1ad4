"""A fingerprint of the code that a script runs, so that results know when they are outdated.

Snakemake compares dates and texts of scripts: it would repeat a study after a checkout.
The fingerprint covers the script and every module of the package that it imports, directly or not,
as syntax trees without docstrings: a comment or a docstring changes nothing, a statement does.
A script that reaches the pages is fingerprinted with their templates.
"""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PACKAGE = "robustseg"
PAGES, TEMPLATES = f"{PACKAGE}.html.pages", "templates"
LAZY = re.compile(rf"({PACKAGE}(?:\.\w+)+):\w+")


def fingerprint(script: str | Path) -> str:
    """Return 16 hexadecimal digits for ``script`` and the modules that it reaches."""
    reached: set[str] = set()
    waiting = list(_imports(Path(script)))
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(_imports(_file(module)))
    digest = hashlib.sha256(_code(Path(script)).encode())
    for module in sorted(reached):
        digest.update(f"{module}\n{_code(_file(module))}\n".encode())
    if PAGES in reached:
        for path in sorted(_file(PAGES).with_name(TEMPLATES).iterdir()):
            digest.update(f"{path.name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:16]


def _file(module: str) -> Path:
    path = SOURCE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _tree(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A string that stands alone is a docstring, of a function or of a constant.
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
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and (match := LAZY.fullmatch(str(node.value))):
            found.add(match[1])
    ours = (name for name in found if name == PACKAGE or name.startswith(f"{PACKAGE}."))
    return frozenset(name for name in ours if _file(name).is_file())
