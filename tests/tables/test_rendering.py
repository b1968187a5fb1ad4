"""The rendered tables: complete, escaped, and honest about what they compare."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from robustseg.tables.footers import table1_footer, table2_footer
from robustseg.tables.labels import NOT_COMPARABLE, model_label, short_model_label
from robustseg.tables.paper import read_paper_table1, read_paper_table2
from robustseg.tables.rendering import render_table1, render_table2
from robustseg.tables.table1 import table1
from robustseg.tables.table2 import table2

RESOURCES = Path(__file__).parents[2] / "resources"


class Cells(HTMLParser):
    """Collect rows of cells, the width of each row counted with its spans."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":  # without an end
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def parse(html: str) -> Cells:
    parser = Cells()
    parser.feed(html)
    assert not parser.open
    assert not parser.links
    return parser


@pytest.fixture(scope="module")
def pages(scores: pd.DataFrame, models: tuple[str, ...]) -> dict[str, str]:
    pages = {}
    for name, paper in (
        ("paper", True),
        ("phantom", False),
    ):
        one = read_paper_table1(RESOURCES / "table1.csv") if paper else None
        two = read_paper_table2(RESOURCES / "table2.csv") if paper else None
        first = table1(scores, one, epsilon=0.05, seed=1)
        second = table2(scores, two, models=models, seed=1)
        threat = "clipped & <projected>"
        pages[f"table1 {name}"] = render_table1(
            first, footer=table1_footer(first, threat_model=threat)
        )
        pages[f"table2 {name}"] = render_table2(
            second, footer=table2_footer(second, threat_model=threat)
        )
    return pages


def test_pages_are_well_formed_and_load_nothing(pages: dict[str, str]) -> None:
    assert len(parse(pages["table1 paper"]).rows) == 2 + 5
    assert len(parse(pages["table2 paper"]).rows) == 2 + 3 * 9


def test_comparability_is_said_plainly(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert (NOT_COMPARABLE in html) == name.endswith("phantom")
        assert ('class="paper"' in html) == name.endswith("paper")
    assert NOT_COMPARABLE == "phantom data, not comparable"


def test_footer_states_threat_model_sample_test_and_family(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert "Threat model: clipped &amp; &lt;projected&gt;." in html
        assert "n = 12 test cases" in html
        assert "zero differences dropped" in html
        assert f"the table&#39;s {9 if name.startswith('table1') else 72} tests" in html


def test_the_papers_number_stands_with_ours(pages: dict[str, str]) -> None:
    row = next(row for row in parse(pages["table2 paper"]).rows if "Whole tumor" in row[0])
    assert row[1] == "No defense"
    assert row[2].endswith("0.890 ±\u00a00.052")


def test_text_of_a_table_is_escaped(scores: pd.DataFrame) -> None:
    renamed = scores.replace({"model": {"distillation-20": "<b>mine</b>"}})
    table = table2(renamed, None, models=["<b>mine</b>"], seed=1)
    html = render_table2(table, footer=["<i>"])
    assert "<b>mine" not in html
    assert "&lt;b&gt;mine&lt;/b&gt;" in html
    assert "<p>&lt;i&gt;</p>" in html


def test_another_reference_is_named(scores: pd.DataFrame) -> None:
    renamed = scores.replace({"model": {"undefended": "my-unet"}})
    second = table2(
        renamed,
        None,
        models=["my-unet", "noise-0.01"],
        reference="my-unet",
        epsilons=(0.1,),
        seed=1,
    )
    first = table1(renamed, None, model="my-unet", epsilon=0.05, seed=1)
    html = render_table2(second, footer=table2_footer(second, threat_model="clipped"))
    assert "Median difference from my-unet" in html
    assert "test against my-unet at the same ε" in html
    assert "no defense" not in html.lower()
    assert "(my-unet) under each attack at ε\u00a0=\u00a00.05" in render_table1(first, footer=[])


def test_a_study_without_control_has_no_empty_columns(
    scores: pd.DataFrame, models: tuple[str, ...]
) -> None:
    table = table2(scores[scores["attack"] != "random-signs"], None, models=models, seed=1)
    html = render_table2(table, footer=[])
    assert "random signs" not in html
    widths = {len(row) for row in parse(html).rows[2:]}
    assert widths == {1 + 9, 2 + 9}


@pytest.mark.parametrize(
    ("model", "label", "short"),
    [
        ("undefended", "No defense", "No defense"),
        ("distillation-5000", "Distillation (T = 5000)", "Distilled T = 5000"),
        ("adversarial-0.01", "Adversarial training (ε = 0.01)", "Adversarial ε = 0.01"),
        ("pgd-0.05", "PGD training (ε = 0.05)", "PGD ε = 0.05"),
        ("noise-0.01", "Noise training (radius 0.01)", "Noise 0.01"),
        ("my-unet-2", "my-unet-2", "my-unet-2"),
    ],
)
def test_labels(model: str, label: str, short: str) -> None:
    assert model_label(model).replace("\u00a0", " ") == label
    assert short_model_label(model).replace("\u00a0", " ").replace("\n", " ") == short
