"""Volumes that an attack leaves as they are: their infinite PSNR is counted and in no mean."""

import numpy as np
import pandas as pd
import pytest

from robustseg.tables.footers import table1_footer
from robustseg.tables.rendering import render_table1
from robustseg.tables.seed_spread import table1_spread
from robustseg.tables.table1 import table1


def with_unchanged(scores: pd.DataFrame, *, attack: str, cases: list[str]) -> pd.DataFrame:
    scores = scores[scores["model"] == "undefended"].copy()
    rows = (scores["attack"] == attack) & (scores["epsilon"] == 0.05) & scores["case"].isin(cases)
    scores.loc[rows, ["psnr", "ssim", "rmse"]] = np.inf, 1.0, 0.0
    return scores


def page(table: pd.DataFrame) -> str:
    return render_table1(table, footer=table1_footer(table, threat_model="x"))


def test_the_mean_is_of_the_changed_and_the_unchanged_are_counted(scores: pd.DataFrame) -> None:
    changed = with_unchanged(scores, attack="i-fgsm", cases=["case-003", "case-007"])
    table = table1(changed, None, epsilon=0.05, seed=1)
    by_attack = table.set_index("attack")
    rows = changed[(changed["attack"] == "i-fgsm") & np.isfinite(changed["psnr"])]["psnr"]
    assert len(rows) == 10
    assert by_attack.loc["i-fgsm", "psnr_mean"] == pytest.approx(rows.mean())
    assert by_attack.loc["i-fgsm", "psnr_sd"] == pytest.approx(rows.std(ddof=1))
    assert by_attack["psnr_unchanged"].drop("none").tolist() == [0, 2, 0, 0]
    assert pd.isna(by_attack.loc["none", "psnr_unchanged"])
    assert page(table).count("unchanged</span>") == 1
    assert "2 unchanged</span>" in page(table)
    assert "<p>Unchanged: " in page(table)


def test_where_all_are_unchanged_there_is_no_mean(scores: pd.DataFrame) -> None:
    everything = [f"case-{number:03d}" for number in range(12)]
    changed = with_unchanged(scores, attack="fgsm", cases=everything)
    table = table1(changed, None, epsilon=0.05, seed=1)
    row = table.set_index("attack").loc["fgsm"]
    assert (row["psnr_unchanged"], row["ssim_mean"], row["rmse_mean"]) == (12, 1, 0)
    assert pd.isna(row["psnr_mean"])
    assert ">inf" not in page(table)


def test_nothing_is_said_where_every_case_was_changed(scores: pd.DataFrame) -> None:
    assert "unchanged" not in page(table1(scores, None, epsilon=0.05, seed=1)).lower()


def test_the_spread_over_seeds_is_finite(scores: pd.DataFrame) -> None:
    one = scores[scores["model"] == "undefended"]
    other = with_unchanged(one, attack="fgsm", cases=["case-003"])
    several = pd.concat([one.assign(seed=0), other.assign(seed=1)], ignore_index=True)
    table = table1(several, None, epsilon=0.05, seed=1)
    row = table1_spread(table, several).set_index("attack").loc["fgsm"]
    assert row["psnr_unchanged"] == 1
    assert np.isfinite(row[["psnr_mean", "psnr_sd", "psnr_seed_sd"]].astype(float)).all()
