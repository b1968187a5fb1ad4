"""The table of verdicts: its numbers, its flags, and that neither is ever left out in silence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robustseg.diagnostics.flag import Flag
from robustseg.runtime.errors import InputError
from robustseg.statistics.worst_case import worst_case
from robustseg.tables.footers import worst_case_note
from robustseg.tables.labels import NOT_COMPARABLE
from robustseg.tables.rendering_verdicts import NO_FLAG, render_verdicts, verdicts_footer
from robustseg.tables.verdicts import KINDS, verdicts

MASKED = Flag("gradient masking", "FGSM on z/T: <0.57>", "The gradient is hidden.")
STUCK = Flag("saturation", "99 % of the voxels", "The softmax is flat.", "attack")
FLAGS = {"undefended": [], "distillation-20": [MASKED, STUCK], "noise-0.01": []}


@pytest.fixture(scope="module")
def worst(scores: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    return worst_case(scores, models=models, ensemble=("fgsm",), epsilons=(0.05,), name="paper")


@pytest.fixture(scope="module")
def table(scores: pd.DataFrame, worst: pd.DataFrame) -> pd.DataFrame:
    return verdicts(scores, worst, FLAGS, epsilon=0.05)


def test_numbers_are_means_of_their_kind(
    table: pd.DataFrame, scores: pd.DataFrame, worst: pd.DataFrame
) -> None:
    assert list(table.columns) == [
        *("model", "epsilon", "n"),
        *(f"{kind}_{region}" for kind in KINDS for region in ("wt", "tc", "et")),
        *("last_doubling", "flags", "evidence", "meaning", "concerns"),
    ]
    assert list(table["model"]) == list(FLAGS)
    row = table.set_index("model").loc["distillation-20"]
    means = (
        scores[scores["model"] == "distillation-20"]
        .groupby(["attack", "epsilon"])
        .mean(numeric_only=True)
    )
    least = worst[(worst["model"] == "distillation-20") & (worst["epsilon"] == 0.05)]
    for region in ("wt", "tc", "et"):
        dice = means[f"dice_{region}"]
        assert row[f"clean_{region}"] == pytest.approx(dice["fgsm", 0.0])
        assert row[f"apparent_{region}"] == pytest.approx(dice["fgsm", 0.05])
        assert row[f"control_{region}"] == pytest.approx(dice["random-signs", 0.05])
        assert row[f"worst_{region}"] == pytest.approx(least[f"worst_{region}"].mean())
    assert (table["n"] == 12).all()


def test_flags_stand_with_their_model(table: pd.DataFrame) -> None:
    assert list(table["flags"]) == ["", "gradient masking | saturation", ""]
    assert table["evidence"][1] == "FGSM on z/T: <0.57> | 99 % of the voxels"
    assert table["concerns"][1] == "model | attack"
    assert table["meaning"][1] == "The gradient is hidden. | The softmax is flat."


def test_no_control_leaves_blanks(scores: pd.DataFrame, worst: pd.DataFrame) -> None:
    table = verdicts(scores[scores["attack"] != "random-signs"], worst, FLAGS, epsilon=0.05)
    assert table[["control_wt", "control_tc", "control_et"]].isna().all(axis=None)
    assert "random signs)" not in render_verdicts(table, FLAGS, footer=[])


@pytest.mark.parametrize(
    ("attack", "said"), [("fgsm", "attack fgsm, epsilon 0"), ("worst-case", "attack worst-case")]
)
def test_what_is_missing_is_an_error(
    scores: pd.DataFrame, worst: pd.DataFrame, attack: str, said: str
) -> None:
    scores = scores[(scores["model"] != "noise-0.01") | (scores["attack"] != attack)]
    worst = worst[(worst["model"] != "noise-0.01") | (attack != "worst-case")]
    with pytest.raises(InputError, match=f"no row for model noise-0.01, {said}"):
        verdicts(scores, worst, FLAGS, epsilon=0.05)


def test_a_blank_worst_case_is_an_error(scores: pd.DataFrame, worst: pd.DataFrame) -> None:
    holed = worst.copy()
    at = (holed["model"] == "undefended") & (holed["epsilon"] == 0.05)
    holed.loc[holed.index[at][0], "worst_tc"] = np.nan
    with pytest.raises(InputError, match="case-000 has no Dice for model undefended"):
        verdicts(scores, holed, FLAGS, epsilon=0.05)


def test_the_page_has_a_verdict_for_every_model(table: pd.DataFrame, tmp_path: Path) -> None:
    footer = verdicts_footer(
        table,
        threat_model="clipped",
        worst_case=worst_case_note("paper: fgsm"),
        comparable=False,
    )
    html = render_verdicts(table, FLAGS, footer=footer)
    assert html.count(f">{NO_FLAG}<") == 2
    for text in ("gradient masking", "The gradient is hidden.", "z/T: &lt;0.57&gt;", "saturation"):
        assert html.count(text) == 1
    assert f"{table['worst_wt'][1]:.3f}" in html
    assert NOT_COMPARABLE.capitalize() in html
    assert "Threat model: clipped." in html
    assert "ensemble paper: fgsm and over" in html
    assert "n = 12 test cases" in html
    assert html.count("<tr") == 2 + len(FLAGS)
    assert html.count("<div>") == html.count("</div>") == 2
