import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration_yaml import read_files, type_problem

from .wrong_configurations import OVERLAYS, problems, with_value


def said(folder, **texts):
    """Return what is said of files with these texts."""
    paths = [folder / f"{name}.yaml" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        read_files(paths)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_all_keys_given_twice_are_named_with_their_files(tmp_path):
    first = (
        "data: {source: folder}\nseed: 1\nmodels:\n- {name: a, training: {epochs: 1, epochs: 2}}\n"
    )
    second = "data: {source: folder}\n# added later\ndata: {folds: 5}\n'seed': 1\nseed: 2\n"
    found = said(tmp_path, a=first, b=second, c="x: 1\nx: 1\nx: 1\n")
    assert [line.partition(", and")[0] for line in found] == [
        "a.yaml: models.0.training.epochs: is given 2 times (lines 4, 4)",
        "b.yaml: data: is given 2 times (lines 1, 3)",
        "b.yaml: seed: is given 2 times (lines 4, 5)",
        "c.yaml: x: is given 3 times (lines 1, 2, 3)",
    ]
    assert all("; make them one" in line for line in found)


def test_json_that_gives_a_key_twice(tmp_path):
    (line,) = said(tmp_path, a='{\n\t"data": {"folds": 5},\n\t"data": {}\n}')
    assert line.startswith("a.yaml: data: is given 2 times (lines 2, 3)")


@pytest.mark.parametrize(
    "text",
    [
        "a: {x: 1}\nb: {x: 1}\n",
        "base: &base {x: 1, y: 2}\na: {<<: *base, x: 3}\nb: *base\n",
        "a: &a {x: 1}\nb: &b {y: 1}\nc:\n  <<: *a\n  <<: *b\n",
        "a: [x, x]\n",
        "a: [0, 1.0e-3, 0.5, -1, 0x1F, '001', \"1:30\", 008, 1e-3]\n",
        "a: &self [*self]\n",
    ],
)
def test_what_says_one_thing_alone_passes(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    (read,) = read_files([tmp_path / "a.yaml"])
    assert str(read) == str(yaml.safe_load(text))


def test_files_of_the_project_pass():
    assert len(read_files(OVERLAYS)) == len(OVERLAYS)


@pytest.mark.parametrize(
    ("text", "key", "read"),
    [
        ("data: {test_cases: [a, 001]}", "data.test_cases.1", "001 is the number 1"),
        ("data: {test_cases: [010]}", "data.test_cases.0", "010 is the number 8"),
        ("study: 0_7", "study", "0_7 is the number 7"),
        ("training: {epochs: -010}", "training.epochs", "-010 is the number -8"),
        ("training: {epochs: 1:30}", "training.epochs", "1:30 is the number 90"),
        ("cohort: {windows: {007: [0, 1]}}", "cohort.windows.007", "007 is the number 7"),
    ],
)
def test_a_number_that_its_digits_do_not_say_is_to_be_quoted(tmp_path, text, key, read):
    (line,) = said(tmp_path, a=text)
    written = read.partition(" ")[0]
    assert line.startswith(f"a.yaml: {key}: {read} in YAML; quote it: '{written}' ")


@pytest.mark.parametrize("text", ["data: {folds", "- data\n- data", "", "a: 2021-99-99"])
def test_a_file_that_is_no_mapping_is_named(tmp_path, text):
    (line,) = said(tmp_path, a=text)
    assert line == "a.yaml: not a YAML mapping of keys; correct it"


@pytest.mark.parametrize(
    ("key", "text", "right"),
    [
        ("training.learning_rate", "1e-3", "1.0e-3"),
        ("training.learning_rate", "1.0e3", "1.0e+3"),
        ("loss.smooth", "1E-5", "1.0e-5"),
        ("seed", "1e3", "1000"),
        ("training.epochs", "008", "8"),
        ("data.folds", "09", "9"),
        ("data.test_fraction", "00e-1", "00.0e-1"),
        ("threat_model.clip", "1e-3", None),
        ("attacks.fgsm.epsilons.1", "1e-2", "1.0e-2"),
        ("adaptive.attacks.sea.scale", "1e1", "1.0e+1"),
        ("models.1.radius", "1e-2", "1.0e-2"),
    ],
)
def test_how_to_write_a_number_that_yaml_reads_as_text(key, text, right):
    assert yaml.safe_load(text) == text
    (line,) = problems(with_value(key, text))
    expected = f"config: {key}: {text} is text in YAML; write {right} ("
    assert line.startswith(expected) == (right is not None), line


@given(st.floats(0, 1e300, exclude_min=True), st.integers(0, 20))
def test_what_one_is_told_to_write_is_the_number(number, digits):
    text = f"{number:.{digits}e}".replace("e+", "e")
    for error in jsonschema.Draft202012Validator({"type": "number"}).iter_errors(text):
        right = type_problem(error).partition("; write ")[2].partition(" ")[0]
        assert yaml.safe_load(right) == float(text)
        assert isinstance(yaml.safe_load(right), float)


@pytest.mark.parametrize("value", [1, 1.1, True, None, yaml.safe_load("2021-01-02")])
def test_a_name_that_yaml_reads_as_something_else_is_to_be_quoted(value):
    (line,) = problems(with_value("data.test_cases", ["a", value]))
    assert line.startswith(f"config: data.test_cases.1: {value} is not text in YAML; quote it as ")


@pytest.mark.parametrize("key", ["training.epochs", "data.folds", "evaluation.batch_size"])
def test_a_count_with_a_point_is_no_count(key):
    (line,) = problems(with_value(key, 30.0))
    assert line == f"config: {key}: 30.0 is not an integer; write 30"
