"""The page that leads to all results: its order, links, captions and facts."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from jinja2 import UndefinedError

from robustseg.study.index import CATEGORIES, index_page

ROOT = Path(__file__).parents[2]
CAPTIONS = sorted((ROOT / "workflow/report").glob("*.rst"))
CONFIG = {**yaml.safe_load((ROOT / "config/config.yaml").read_text()), "study": "<mine>"}
FILES = [
    {"path": "tables/table1.html", "category": "Attacks", "title": "Table 1"},
    {"path": "figures/figure 1.png", "category": "Attacks", "title": "Figure 1"},
    {"path": "worst_case.csv", "category": "Robustness", "title": "worst case of every case"},
    {"path": "figures/robustness.png", "category": "Robustness", "title": "Figure"},
    {"path": "tables/verdicts.html", "category": "Robustness", "title": "Verdicts"},
]
BESIDE = ("tables/table1.csv", "figures/figure 1.pdf", "figures/robustness.pdf")


@pytest.fixture
def make(tmp_path):
    """Return a function that makes the page of `FILES` with some captions replaced."""
    for name in [*(file["path"] for file in FILES), *BESIDE]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    split = pd.DataFrame({"case": list("abc"), "split": ["train", "test", "train"]})
    scores = {f"{kind}_wt": [0.9, 0.8] for kind in ("clean", "apparent", "worst", "control")}
    verdicts = pd.DataFrame(
        {
            "model": ["undefended", "distillation-20"],
            "epsilon": 0.05,
            **scores,
            "last_doubling": float("nan"),
            "flags": ["", "gradient masking | <b>saturation</b>"],
            "ensemble": "fast: fgsm",
            "threat_model": "norm=linf",
        }
    )

    def page(**captions):
        names = {"study", *(Path(file["path"]).stem for file in FILES)}
        return index_page(
            str(tmp_path / "index.html"),
            config=CONFIG,
            files=[{**file, "path": str(tmp_path / file["path"])} for file in FILES],
            captions={**dict.fromkeys(names, "A *caption*."), **captions},
            split=split,
            verdicts=verdicts,
        )

    return page


def test_verdicts_come_first_and_then_the_figure(make):
    page = make()
    titles = re.findall(r"<h([23])[^>]*>(.*?)(?: <span|<)", page)
    assert [title for level, title in titles if level == "2"] == ["Robustness", "Attacks"]
    assert [title for level, title in titles if level == "3"] == [
        *("Verdicts", "Figure", "Worst case of every case"),
        *("Figure 1", "Table 1"),
    ]
    assert page.count("<table") == 1
    assert page.index(">Verdicts") < page.index("<table") < page.index(">Figure")


def test_links_are_relative_and_lead_to_every_format(make, tmp_path):
    links = set(re.findall(r'href="([^#].*?)"', make()))
    assert links == {
        *("tables/table1.html", "tables/table1.csv", "figures/figure%201.png"),
        *("figures/figure%201.pdf", "figures/robustness.png", "figures/robustness.pdf"),
        *("worst_case.csv", "tables/verdicts.html"),
    }
    assert str(tmp_path) not in make()


def test_flags_are_named_and_escaped(make):
    page = make()
    assert "<div>no flag</div>" in page
    assert "<div>gradient masking</div>" in page
    assert "&lt;b&gt;saturation" in page
    assert "<h1>Study &lt;mine&gt;</h1>" in page


def test_facts_of_the_study(make):
    page = make()
    for fact in (
        "phantoms made by the study, not patients",
        "2 for training, 1 for testing",
        "No defense, Distillation (T\u00a0=\u00a020)",
        "worst case over: fast: fgsm",
        "norm=linf",
    ):
        assert f"{fact}</dd>" in page


def test_captions_are_filled_and_set(make):
    page = make(
        table1='Drawn as {{ snakemake.config["adaptive"]["ensemble"] }}: ``code``, *stress*'
    )
    assert "Drawn as fast: " in page
    assert "<em>stress</em>" in page
    with pytest.raises(UndefinedError):
        make(table1="{{ snakemake.params.epsilon }}")


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seeds", [None, [0, 1]])
def test_every_caption_of_the_workflow_can_be_read(make, monkeypatch, path, seeds):
    monkeypatch.setitem(CONFIG, "seeds", seeds)
    assert "System Message" not in make(table1=path.read_text())


def test_an_unknown_category_is_an_error(make, monkeypatch):
    assert set(CATEGORIES) >= {file["category"] for file in FILES}
    monkeypatch.setitem(FILES[0], "category", "Elsewhere")
    with pytest.raises(ValueError, match="not in tuple"):
        make()
