"""The rooms of the library stand in one order, and none imports a later one."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "robustseg"
ROOMS = (
    *("data", "models", "threat", "defenses", "attacks", "metrics"),
    *("diagnostics", "statistics", "figures"),
)


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            parts = name.split(".")
            if parts[0] == "robustseg" and len(parts) > 1 and parts[1] in ROOMS:
                yield parts[1]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_a_later_one(room):
    files = list((SOURCE / room).glob("*.py"))
    assert files
    later = ROOMS[ROOMS.index(room) + 1 :]
    for path in files:
        assert not set(imported_rooms(path)) & set(later), path


def test_every_folder_of_the_library_is_a_room():
    folders = {path.parent.name for path in SOURCE.glob("*/*.py")}
    assert folders == set(ROOMS)
