"""Tables 1 and 2: rows, numbers, families, and what happens to what was not evaluated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robustseg.runtime.errors import InputError
from robustseg.tables.paper import read_paper_table1, read_paper_table2
from robustseg.tables.table1 import table1
from robustseg.tables.table2 import COLUMNS, table2

RESOURCES = Path(__file__).parents[2] / "resources"
SCORES = ["dice_wt", "dice_tc", "dice_et"]


@pytest.fixture(scope="module")
def first(scores: pd.DataFrame) -> pd.DataFrame:
    return table1(scores, read_paper_table1(RESOURCES / "table1.csv"), epsilon=0.05, seed=1)


@pytest.fixture(scope="module")
def second(scores: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    return table2(scores, read_paper_table2(RESOURCES / "table2.csv"), models=models, seed=1)


def test_table1_rows(first: pd.DataFrame) -> None:
    assert list(first["attack"]) == ["none", "fgsm", "i-fgsm", "ti-fgsm", "random-signs"]
    assert list(first["epsilon"]) == [0, 0.05, 0.05, 0.05, 0.05]
    assert (first["n"] == 12).all()


def test_table1_describes_the_undefended_network(first: pd.DataFrame, scores: pd.DataFrame) -> None:
    rows = scores[(scores["model"] == "undefended") & (scores["attack"] == "i-fgsm")]
    row = first.set_index("attack").loc["i-fgsm"]
    for score in [*SCORES, "psnr", "ssim", "rmse"]:
        assert row[f"{score}_mean"] == pytest.approx(np.mean(rows[score]))
        assert row[f"{score}_sd"] == pytest.approx(np.std(rows[score], ddof=1))


def test_table1_corrects_for_its_nine_tests(first: pd.DataFrame) -> None:
    tested = first.set_index("attack").loc[["fgsm", "i-fgsm", "ti-fgsm"]]
    for score in SCORES:
        expected = np.minimum(tested[f"{score}_p_paper"] * 9, 1)
        np.testing.assert_allclose(tested[f"{score}_p_bonferroni"], expected)
        assert (tested[f"{score}_p_holm"] <= tested[f"{score}_p_bonferroni"]).all()


def test_table1_describes_the_control_without_a_test(first: pd.DataFrame) -> None:
    control = first.set_index("attack").loc["random-signs"]
    assert np.isfinite(control["dice_wt_median_difference"])
    assert pd.isna(control["dice_wt_p_paper"])
    assert control["dice_wt_star"] == control["dice_wt_star_corrected"] == ""


def test_table1_has_the_papers_numbers_where_they_belong(
    first: pd.DataFrame, scores: pd.DataFrame
) -> None:
    by_attack = first.set_index("attack")
    assert by_attack.loc["i-fgsm", "paper_dice_wt_mean"] == 0.393
    assert by_attack.loc["none", "paper_dice_tc_mean"] == 0.821
    assert pd.isna(by_attack.loc["random-signs", "paper_dice_wt_mean"])
    paper = read_paper_table1(RESOURCES / "table1.csv")
    elsewhere = table1(scores, paper, epsilon=0.1, seed=1).set_index("attack")
    assert pd.isna(elsewhere.loc["fgsm", "paper_dice_wt_mean"])


def test_incomparable_tables_hold_no_number_of_the_paper(
    scores: pd.DataFrame, models: tuple[str, ...]
) -> None:
    for table in (
        table1(scores, None, epsilon=0.05, seed=1),
        table2(scores, None, models=models, seed=1),
    ):
        assert not [column for column in table.columns if "paper_" in column.replace("p_paper", "")]


def test_table1_leaves_out_what_was_not_evaluated(scores: pd.DataFrame) -> None:
    table = table1(scores, None, epsilon=0.1, seed=1)
    assert list(table["attack"]) == ["none", "fgsm", "random-signs"]
    assert table["dice_wt_p_bonferroni"].iloc[1] == pytest.approx(
        table["dice_wt_p_paper"].iloc[1] * 3
    )
    with pytest.raises(InputError, match=r"no attack on undefended at epsilon 0\.2"):
        table1(scores, None, epsilon=0.2, seed=1)


def test_table2_rows(second: pd.DataFrame, models: tuple[str, ...]) -> None:
    expected = [
        (region, model, epsilon)
        for region in ("WT", "TC", "ET")
        for model in models
        for epsilon in (0.0, 0.05, 0.1)
    ]
    assert list(second[["region", "model", "epsilon"]].itertuples(index=False)) == expected
    assert list(second.columns[: len(COLUMNS)]) == COLUMNS


def test_table2_numbers_are_of_their_condition(second: pd.DataFrame, scores: pd.DataFrame) -> None:
    def values(model: str, attack: str) -> pd.Series:
        chosen = (scores["model"] == model) & (scores["attack"] == attack)
        return scores[chosen & (scores["epsilon"] == 0.1)].set_index("case")["dice_tc"]

    row = second.set_index(["region", "model", "epsilon"]).loc["TC", "adversarial-0.05", 0.1]
    ours, reference = values("adversarial-0.05", "fgsm"), values("undefended", "fgsm")
    assert row["dice_mean"] == pytest.approx(ours.mean())
    assert row["mean_difference"] == pytest.approx((ours - reference).mean())
    assert row["median_difference"] == pytest.approx((ours - reference).median())
    assert row["ci_low"] <= row["median_difference"] <= row["ci_high"]
    control = values("adversarial-0.05", "random-signs")
    assert row["control_dice_mean"] == pytest.approx(control.mean())
    assert row["paper_dice_mean"] == 0.629
    assert row["paper_p_value"] == 7.464e-9


def test_table2_is_one_family(second: pd.DataFrame) -> None:
    tested = second[second["model"] != "undefended"]
    assert len(tested) == 72
    np.testing.assert_allclose(tested["p_bonferroni"], np.minimum(tested["p_paper"] * 72, 1))
    assert (tested["star"] == np.where(tested["p_paper"] <= 0.05, "*", "")).all()
    assert (tested["star_corrected"] == np.where(tested["p_exact_holm"] <= 0.05, "*", "")).all()
    assert second[second["model"] == "undefended"]["p_paper"].isna().all()


def test_the_noise_baseline_has_no_number_in_the_paper(second: pd.DataFrame) -> None:
    assert second[second["model"] == "noise-0.01"]["paper_dice_mean"].isna().all()
    others = second[second["model"] != "noise-0.01"]
    assert others["paper_dice_mean"].notna().all()


def test_epsilons_that_no_model_was_evaluated_at_are_absent(
    scores: pd.DataFrame, models: tuple[str, ...]
) -> None:
    table = table2(scores, None, models=models, epsilons=(0, 0.05, 0.5), seed=1)
    assert set(table["epsilon"]) == {0.0, 0.05}
    with pytest.raises(InputError, match=r"no fgsm at epsilon 0\.5"):
        table2(scores, None, models=models, epsilons=(0.5,), seed=1)


def test_a_hole_in_the_study_is_an_error(scores: pd.DataFrame, models: tuple[str, ...]) -> None:
    hole = (scores["model"] == "noise-0.01") & (scores["epsilon"] == 0.1)
    with pytest.raises(InputError, match=r"no row for model noise-0\.01"):
        table2(scores[~hole], None, models=models, seed=1)


def test_models_outside_the_list_stay_outside(scores: pd.DataFrame) -> None:
    table = table2(scores, None, models=["adversarial-0.1"], epsilons=(0.05,), seed=1)
    assert list(dict.fromkeys(table["model"])) == ["undefended", "adversarial-0.1"]
    assert table["p_bonferroni"].max() <= min(1, 3 * table["p_paper"].max()) + 1e-12


def test_one_model_and_one_case_are_enough(scores: pd.DataFrame) -> None:
    one = scores[scores["case"] == "case-000"]
    table = table2(one, None, models=["undefended"], seed=1)
    assert len(table) == 9
    assert table["p_paper"].isna().all()
    assert table["dice_sd"].isna().all()
    attacked = table1(one, None, epsilon=0.05, seed=1)
    assert attacked["dice_wt_p_exact"].iloc[1] == 1.0


def test_the_same_seed_gives_the_same_table(
    scores: pd.DataFrame, models: tuple[str, ...], second: pd.DataFrame
) -> None:
    again = table2(
        scores.sample(frac=1, random_state=3),
        read_paper_table2(RESOURCES / "table2.csv"),
        models=models,
        seed=1,
    )
    pd.testing.assert_frame_equal(again, second)


def test_a_damaged_resource_is_named(tmp_path: Path) -> None:
    (tmp_path / "table2.csv").write_text("region,model,epsilon\n")
    with pytest.raises(InputError, match="columns dice_mean, dice_sd, p_value are missing"):
        read_paper_table2(tmp_path / "table2.csv")
