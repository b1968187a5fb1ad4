"""What the tables say of the spread between trainings."""

import numpy as np
import pandas as pd
import pytest

from robustseg.statistics.scores import Condition
from robustseg.statistics.seeds import KEYS, seeds_of
from robustseg.tables.footers import table2_footer
from robustseg.tables.rendering import render_table1, render_table2
from robustseg.tables.seed_spread import seed_notes, seed_sd, table1_spread, table2_spread
from robustseg.tables.table1 import table1
from robustseg.tables.table2 import table2
from robustseg.tables.table2_worst import with_worst_case

from .conftest import DICE, SEEDS, worst


def test_spread_is_over_the_seeds_means(several: pd.DataFrame, models: tuple[str, ...]) -> None:
    def expected(model: str, attack: str, column: str) -> float:
        rows = several[(several["model"] == model) & (several["attack"] == attack)]
        rows = rows[rows["epsilon"] == 0.05]
        return float(np.std([rows[rows["seed"] == s][column].mean() for s in SEEDS], ddof=1))

    first = table1_spread(table1(several, None, epsilon=0.05, seed=1), several)
    assert (first["seeds"] == 3).all()
    row = first.set_index("attack").loc["i-fgsm"]
    for column in (*DICE, "psnr", "ssim", "rmse"):
        found = row[f"{column}_seed_sd"]
        assert found == pytest.approx(expected("undefended", "i-fgsm", column), abs=1e-12)
    clean = first.set_index("attack").loc["none"]
    assert clean["dice_wt_seed_sd"] > 0
    assert pd.isna(clean["psnr_seed_sd"])

    least = worst(several, models)
    second = with_worst_case(
        table2(several, None, models=models, seed=1), least, reference="undefended", seed=1
    )
    spread = table2_spread(second, several, least)
    added = ["seeds", "dice_seed_sd", "control_dice_seed_sd", "worst_dice_seed_sd"]
    assert [name for name in spread if name not in second] == added
    pd.testing.assert_frame_equal(spread.drop(columns=added), second)
    row = spread.set_index(["region", "model", "epsilon"]).loc[("TC", "noise-0.01", 0.05)]
    assert row["dice_seed_sd"] == pytest.approx(expected("noise-0.01", "fgsm", "dice_tc"))
    control = expected("noise-0.01", "random-signs", "dice_tc")
    assert row["control_dice_seed_sd"] == pytest.approx(control)
    rows = least[(least["model"] == "noise-0.01") & (least["epsilon"] == 0.05)]
    means = [rows[rows["seed"] == seed]["worst_tc"].mean() for seed in SEEDS]
    assert row["worst_dice_seed_sd"] == pytest.approx(np.std(means, ddof=1))
    assert row["worst_dice_mean"] == pytest.approx(np.mean(means))


def test_regions_of_any_name_have_a_spread(several: pd.DataFrame, models: tuple[str, ...]) -> None:
    named = several.rename(columns={"dice_wt": "dice_Lesion", "dice_tc": "dice_left_Kidney"})
    least = worst(named, models)
    table = with_worst_case(
        table2(named, None, models=models, seed=1), least, reference="undefended", seed=1
    )
    spread = table2_spread(table, named, least)
    assert set(spread["region"]) == {"Lesion", "left_Kidney", "ET"}
    assert spread["dice_seed_sd"].notna().all()


def test_spread_in_closed_form() -> None:
    rows = [("m", "fgsm", 0.1, case, seed) for seed in (0, 1) for case in "ab"]
    table = pd.DataFrame(rows, columns=[*KEYS, "seed"]).assign(dice_wt=[0.1, 0.3, 0.5, 0.9])
    # The seeds' means are 0.2 and 0.7.
    assert seed_sd(table, Condition("m", "fgsm", 0.1), "dice_wt") == pytest.approx(0.5 / 2**0.5)


def test_pages_show_the_spread_and_say_how_to_read_it(
    several: pd.DataFrame, models: tuple[str, ...]
) -> None:
    least = worst(several, models)
    first = table1_spread(table1(several, None, epsilon=0.05, seed=1), several)
    second = with_worst_case(
        table2(several, None, models=models, seed=1), least, reference="undefended", seed=1
    )
    second = table2_spread(second, several, least)
    footer = [*table2_footer(second, threat_model="clipped", ensemble="paper: fgsm")]
    footer += seed_notes(seeds_of(several))
    page = render_table2(second, footer=footer)
    for name in ("dice", "control_dice", "worst_dice"):
        assert f"seeds\u00a0±\u00a0{second[f'{name}_seed_sd'][4]:.3f}" in page
    assert page.count("seeds\u00a0±\u00a0") == 3 * len(models) * (3 + 2 + 1)
    assert "Every model is trained 3 times (seeds 0, 4, 9)" in page
    assert "n counts cases, not seeds" in page
    assert "n = 12 test cases" in page
    page = render_table1(first, footer=[])
    assert page.count("seeds\u00a0±\u00a0") == 5 * 6 - 3  # a clean input has no PSNR
    assert f"seeds\u00a0±\u00a0{first['psnr_seed_sd'][1]:.2f}" in page
