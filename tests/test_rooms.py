"""The rooms of the library stand in one order, and no module imports one of a later room."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = "robustseg"
SOURCE = Path(__file__).resolve().parents[1] / "src" / PACKAGE
ROOMS = (
    *("runtime", "html", "metrics", "data", "models", "threat", "attacks", "defenses", "training"),
    *("evaluation", "diagnostics", "statistics", "tables", "figures", "study", "check"),
)
"""Lowest first."""
NAMED = re.compile(rf"({PACKAGE}(?:\.\w+)+)(?::\w+)?")


def modules(source):
    """Return every module of a package, by its dotted name."""
    return {
        ".".join((PACKAGE, *path.relative_to(source).with_suffix("").parts)): path
        for path in sorted(source.rglob("*.py"))
    }


def imports(source):
    """Yield (module, imported module): by statements, absolute or relative, and by strings."""
    known = modules(source)
    for module, path in known.items():
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                parents = module.split(".")[: -node.level] if node.level else []
                base = ".".join([*parents, *filter(None, [node.module])])
                names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = NAMED.fullmatch(node.value)
                names = [match[1]] if match else []
            yield from ((module, name) for name in names if name in known and name != module)


def room(module):
    return module.split(".")[1]


def upward_imports(source, rooms):
    return [
        f"{module} imports {imported}"
        for module, imported in imports(source)
        # The public names, which are imported when they are used.
        if module != f"{PACKAGE}.__init__"
        and rooms.index(room(module)) < rooms.index(room(imported))
    ]


def circles(source):
    """Return the modules that import themselves by way of others."""
    graph = {}
    for module, imported in imports(source):
        graph.setdefault(module, set()).add(imported)
    return [module for module in graph if module in reached(graph, module)]


def reached(graph, start):
    seen, waiting = set(), [start]
    while waiting:
        for module in graph.get(waiting.pop(), set()) - seen:
            seen.add(module)
            waiting.append(module)
    return seen


def test_no_module_imports_a_later_room():
    assert upward_imports(SOURCE, ROOMS) == []


def test_no_module_imports_itself_by_way_of_others():
    assert circles(SOURCE) == []


def test_every_module_of_the_library_is_in_a_room():
    found = {room(name) for name in modules(SOURCE)} - {"__init__"}
    assert found == set(ROOMS)


def test_a_folder_has_few_files():
    assert len(list(SOURCE.glob("*.py"))) <= 3
    for folder in SOURCE.rglob("**/"):
        assert len(list(folder.glob("*.py"))) <= 16, folder


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("low/module.py", "from robustseg.high.module import x"),
        ("low/module.py", "import robustseg.high.module"),
        ("low/module.py", "from ..high import module"),
        ("low/module.py", "def f():\n    from robustseg.high import module"),
        ("low/deeper/module.py", "from robustseg.high.module import x"),
        ("low/deeper/module.py", "from ...high.module import x"),
        ("low/module.py", "REGISTRY = {'x': 'robustseg.high.module:x'}"),
        ("loose.py", "from robustseg.high.module import x"),
    ],
)
def test_an_import_of_a_later_room_is_found_wherever_it_is(tmp_path, path, text):
    for name in ("high/module.py", path):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text if name == path else "x = 1")
    importer = ".".join((PACKAGE, *Path(path).with_suffix("").parts))
    assert set(upward_imports(tmp_path, ("loose", "low", "high"))) == {
        f"{importer} imports robustseg.high.module"
    }


def test_a_circle_is_found(tmp_path):
    for name, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        (tmp_path / f"{name}.py").write_text(f"from robustseg.{imported} import x")
    assert Counter(circles(tmp_path)) == Counter(f"robustseg.{name}" for name in "abc")
