"""Flags as they are read from the diagnostics of a model."""

import json

import pytest

from robustseg.diagnostics.verdict import Flag
from robustseg.errors import InputError
from robustseg.statistics.flags import read_flags

FLAG = {"name": "gradient masking", "evidence": "0.71 to 0.57", "meaning": "It hides."}


def test_flags_in_their_order(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"flags": [FLAG, {**FLAG, "name": "other"}], "model": "m"}))
    first, second = read_flags(path)
    assert first == Flag("gradient masking", "0.71 to 0.57", "It hides.")
    assert second.name == "other"


def test_an_empty_list_is_no_flag(tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"flags": []}')
    assert read_flags(path) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"flags": null}', '{"flags": [{"name": "x"}]}', '{"flags": ["x"]}']
)
def test_a_damaged_file_is_an_error_and_not_no_flag(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"m\.json: no list of flags"):
        read_flags(path)
