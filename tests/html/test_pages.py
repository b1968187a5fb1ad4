"""Templates: strict, escaped, one style sheet, nothing loaded from elsewhere."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from robustseg.html import pages
from robustseg.html.cells import Cell, heading
from robustseg.html.pages import render
from robustseg.html.palette import BLUE

TEMPLATES = sorted(Path(pages.__file__).with_name("templates").glob("*.html"))
TABLE = {"title": "A table", "caption": "", "head": [], "body": [], "footer": []}


def test_text_is_escaped():
    row = [heading("<b>"), Cell("a & b", marks="<i>", paper="<u>", small=["<s>"])]
    values = {"title": "<script>", "caption": "<em>", "body": [row], "footer": ["<q>"]}
    page = render("table.html", **{**TABLE, **values})
    assert "a &amp; b" in page
    for tag in ("script", "em", "b", "i", "u", "s", "q"):
        assert f"&lt;{tag}&gt;" in page
        assert f"<{tag}>" not in page


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError, match="footer"):
        render("table.html", **{name: value for name, value in TABLE.items() if name != "footer"})


def test_the_style_is_inside_the_page_and_has_the_colors_of_the_figures():
    page = render("table.html", **TABLE)
    assert f"--link: {BLUE};" in page
    assert not re.search(r"<link|<script|@import|url\(|https?:", page)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_page_has_the_one_base_and_no_style_of_its_own(path):
    text = path.read_text()
    if path.name not in ("base.html", "cells.html"):
        assert text.startswith('{% extends "base.html" %}')
    assert " style=" not in re.sub(r'style="(background|color): \{\{', "", text)
    assert ("<style>" in text) == (path.name == "base.html")


def test_cells_span_and_hold_others():
    inner = [Cell("one", small=["below"]), Cell("two")]
    body = [
        [heading("a", rows=2, columns=3, kind="section"), Cell("x", parts=inner, kind="verdict")]
    ]
    page = render("table.html", **{**TABLE, "body": body})
    assert (
        '<tr class="section"><th colspan="3" rowspan="2" class="section">a</th>'
        '<td class="verdict">x<div>one<span class="small">below</span></div><div>two</div></td>'
        "</tr>"
    ) in page
