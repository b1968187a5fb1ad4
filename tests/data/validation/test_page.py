"""The page of the validation: problems first, text escaped, classes with their colors."""

import re
from dataclasses import replace

from robustseg.data.cohort import BRATS
from robustseg.data.validation.case import CaseReport
from robustseg.data.validation.page import validation_page
from robustseg.html.palette import class_color

FACTS = {
    "shape": (64, 60, 10),
    "spacing_mm": (1.0, 1.0, 2.5),
    "orientation": "LPS",
    "brain_ml": 1234.4,
    "skull_stripped": False,
    "tumor_ml": {"necrotic": 1.25, "edema": 20.0},
    "t1": {"min": 0.0, "mean": 123.456789, "max": 1e6},
}
REPORTS = [
    CaseReport("a-valid", facts=FACTS, thumbnail="UE5H"),
    CaseReport("b-remark", remarks=["odd"], facts=FACTS, thumbnail="UE5H"),
    CaseReport("c<d", problems=["x.nii: is <broken>", "y.nii: too"]),
]
ORGANS = replace(BRATS, classes=("background", "liver", "kidney"), labels=(0, 1, 2))


def page(cohort=BRATS):
    return validation_page(REPORTS, {"a-valid": "train", "c<d": "test"}, cohort)


def test_problems_come_first_then_remarks():
    assert re.findall(r"<td>(a-valid|b-remark|c&lt;d)", page()) == ["c&lt;d", "b-remark", "a-valid"]
    assert "2 of 3 cases are valid, 1 are not" in page()


def test_every_problem_stands_on_its_own_line_and_nothing_is_loaded():
    text = page()
    assert re.findall(r'"problem">(.*?)</div>', text) == ["x.nii: is &lt;broken&gt;", "y.nii: too"]
    assert re.findall(r'"remark">(.*?)</div>', text) == ["odd"]
    assert text.count("<td>unreadable</td>") == 1
    assert re.findall('src="(.*?)"', text) == ["data:image/png;base64,UE5H"] * 2


def test_facts_of_a_case():
    text = page()
    for fact in ("64 × 60 × 10<br>1 × 1 × 2.5 mm<br>LPS", "necrotic 1.2<br>edema 20.0"):
        assert f'<td class="lines">{fact}</td>' in text
    assert '<td>1234<span class="small">not skull-stripped</span></td>' in text
    assert '<td class="lines">t1 0, 123.46, 1e+06</td>' in text
    assert '<span class="small">train</span>' in text


def test_the_legend_has_the_colors_of_the_picture():
    for cohort in (BRATS, ORGANS):
        shown = re.findall(r'"swatch" style="background: (.*?)"></span> ([\w -]*)', page(cohort))
        assert [color for color, _ in shown] == [
            class_color(index) for index in range(1, len(cohort.classes))
        ]
    assert [name for _, name in shown] == ["liver", "kidney"]


def test_only_a_brain_has_a_skull():
    assert "Brain (ml)" in page()
    assert "Foreground (ml)" in page(ORGANS)
    assert "skull" not in page(ORGANS)
