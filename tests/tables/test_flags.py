"""Flags as they are read from the diagnostics of a model."""

import json

import pytest

from robustseg.diagnostics.flag import Flag
from robustseg.diagnostics.verdict import TRANSFER
from robustseg.runtime.errors import InputError
from robustseg.tables.flags import flag_notes, flags_of_models, merge_flags, read_flags

FLAG = {
    "name": "gradient masking",
    "evidence": "0.71 to 0.57",
    "meaning": "It hides.",
    "concerns": "model",
}


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


def write(path, *names):
    flags = [
        {"name": name, "evidence": f"{name}!", "meaning": f"{name}?", "concerns": "model"}
        for name in names
    ]
    path.write_text(json.dumps({"flags": flags}))
    return path


def test_flags_of_one_training_are_the_networks(tmp_path):
    paths = [write(tmp_path / "a.json", "x", "y"), write(tmp_path / "b.json")]
    assert flags_of_models(paths, ["a", "b"], [7]) == {"a": read_flags(paths[0]), "b": []}
    assert flag_notes([7]) == []


def test_flags_of_several_trainings_say_how_many_raised_them(tmp_path):
    paths = [
        write(tmp_path / name, *names)
        for name, names in (
            *(("a.json", ["x"]), ("a@3.json", ["y", "x"]), ("a@1.json", [])),
            *(("b.json", []), ("b@3.json", []), ("b@1.json", [])),
        )
    ]
    found = flags_of_models(paths, ["a", "b"], [0, 3, 1])
    assert found == {
        "a": [
            Flag("x (2 of 3 seeds)", "seed 0: x!; seed 3: x!", "x?"),
            Flag("y (1 of 3 seeds)", "seed 3: y!", "y?"),
        ],
        "b": [],
    }
    assert "networks of seed 0" in flag_notes([0, 3, 1])[0]


def test_a_network_without_a_file_is_not_passed_over(tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        flags_of_models([write(tmp_path / "a.json")], ["a"], [0, 1])


def test_a_flag_twice_in_one_training_counts_once():
    flag = Flag("x", "1", "why")
    (merged,) = merge_flags({0: [flag, Flag("x", "2", "whence")], 1: []})
    assert merged == Flag("x (1 of 2 seeds)", "seed 0: 1; 2", "why whence")


def test_transfer_is_examined_in_one_training_alone():
    flag = Flag(TRANSFER, "0.2 to 0.4", "why")
    (merged,) = merge_flags({3: [flag], 1: []})
    assert merged.name == f"{TRANSFER} (seed 3, the only one examined)"


def test_what_a_flag_concerns_is_read_and_kept_over_seeds(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"flags": [{**FLAG, "concerns": "attack"}]}))
    (flag,) = read_flags(path)
    assert flag.concerns == "attack"
    assert [merged.concerns for merged in merge_flags({0: [flag], 1: [flag]})] == ["attack"]
