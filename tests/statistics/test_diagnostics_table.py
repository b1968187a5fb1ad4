"""The table of measurements, from the files of the models."""

import copy
import json
import re
from html import escape

import pytest

from robustseg.errors import InputError
from robustseg.statistics.diagnostics_table import (
    MEASUREMENTS,
    diagnostics_table,
    render_diagnostics,
)

MEASURED = {
    "saturation": {"saturated": 0.25, "gap_quantiles": [7, 9, 9.8, 10, 11], "hard": False},
    "logit_scale": {
        "clean": [0.9, 0.8, 0.7],
        "plain": [0.6, 0.5, 0.4],
        "temperature": [0.6, 0.5, 0.4],
        "ordinary": [0.6, 0.5, 0.1],
        "gap": [0.3, 0.2, 0.1],
        "ordinary_tau": 1.0,
    },
    "zero_gradient": {"float32": 0.125, "float64": 0.0, "effect": 0.0},
    "finite_differences": {"cosine": 0.99, "nonlinearity": 0.05},
    "iteration_curve": {"iterations": [1, 2], "dice": [0.5, 0.4], "gain": 0.01},
    "restarts": {"long": 0.3, "restarted": 0.32},
    "one_step": {"clean": 0.8, "fgsm": 0.5, "iterated": 0.31, "ordinary": 0.31},
    "full_range": {"epsilons": [0.5, 2.0], "dice": [0.2, 0.04], "constant": 0.03},
    "controls": {"signs": 0.86, "uniform": 0.87, "flipped": 0.83},
    "query": {"square": 0.81, "white_box": 0.5, "queries": 100},
    "label_leak": {"clean": 0.87, "truth": 0.54, "prediction": 0.55},
    "stochasticity": {"difference": 0.0, "eot": None},
}


@pytest.fixture
def files(tmp_path):
    paths = []
    for model, gap in (("undefended", 9.8), ("distillation-20", 203.7)):
        found = copy.deepcopy(MEASURED)
        found["saturation"]["gap_quantiles"][2] = gap
        stated = {"model": model, "epsilon": 0.05, "cases": ["a", "b", "c"], "few": ["a", "b"]}
        path = tmp_path / f"{model}.json"
        path.write_text(json.dumps({**stated, "measurements": found}))
        paths.append(path)
    return paths


def test_a_row_a_model_and_a_column_a_measurement(files):
    table = diagnostics_table(files)
    assert list(table["model"]) == ["undefended", "distillation-20"]
    assert list(table["gap"]) == [9.8, 203.7]
    first = table.iloc[0]
    assert (first["cases"], first["few"]) == (3, 2)
    assert first["fgsm"] == pytest.approx(0.5)
    assert first["fgsm_ordinary"] == pytest.approx(0.4)
    assert first["unbounded"] == 0.04
    assert first["eot"] is None


def test_the_page_explains_every_row(files):
    page = render_diagnostics(diagnostics_table(files), footer=["Threat model: x."])
    for column in MEASUREMENTS:
        assert f">{column.title}</th>" in page
        assert escape(column.reading) in page
    assert ">204</td>" in page
    assert ">–</td>" in page
    assert "the first 2)" in page


@pytest.mark.parametrize("text", ["", "{}", '{"model": "m", "measurements": {}}'])
def test_damaged_measurements_are_one_line(files, text):
    files[1].write_text(text)
    with pytest.raises(InputError, match=r"distillation-20\.json") as caught:
        diagnostics_table(files)
    assert "\n" not in str(caught.value)


def test_every_network_has_a_column_with_its_seed(files):
    stated = json.loads(files[1].read_text())
    files[1].write_text(json.dumps({**stated, "model": "undefended@1"}))
    table = diagnostics_table(files, [3, 1])
    assert list(table.columns)[:3] == ["model", "seed", "epsilon"]
    assert list(zip(table["model"], table["seed"], strict=True)) == [
        ("undefended", 3),
        ("undefended", 1),
    ]
    page = render_diagnostics(table, footer=[])
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert head.count('colspan="2"') == head.count("No defence") == 1
    assert re.findall(r">(Seed \d)</th>", head) == ["Seed 3", "Seed 1"]
    assert "seed" not in diagnostics_table(files[:1])
