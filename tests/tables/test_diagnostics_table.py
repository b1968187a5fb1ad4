"""The table of measurements, from the files of the models."""

import copy
import json
import re
from html import unescape

import pytest

from robustseg.runtime.errors import InputError
from robustseg.tables.diagnostics import (
    MEASUREMENTS,
    diagnostics_table,
    render_diagnostics,
)

from ..measurements import SOUND


@pytest.fixture
def files(tmp_path):
    paths = []
    for model, gap in (("undefended", 9.8), ("distillation-20", 203.7)):
        found = copy.deepcopy(SOUND)
        found["logit_scale"]["ordinary"] = [0.6, 0.5, 0.1]
        found["full_range"]["dice"] = [0.2, 0.04]
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
        assert column.reading in unescape(page)
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
    assert head.count('colspan="2"') == head.count("No defense") == 1
    assert re.findall(r">(Seed \d)</th>", head) == ["Seed 3", "Seed 1"]
    assert "seed" not in diagnostics_table(files[:1])
