"""The transfer matrix joined from its rows, and its means."""

import numpy as np
import pandas as pd
import pytest

from robustseg.runtime.errors import InputError, InputErrors
from robustseg.statistics.transfer import join_transfer, mean_dice, read_transfer

MODELS = ("b", "a")


@pytest.fixture
def files(tmp_path):
    """Return one file a source: Dice are 0.1 times the place, plus 0.01 in the second case."""
    paths = {}
    for source, model in enumerate(MODELS):
        paths[model] = tmp_path / f"{model}.csv"
        pd.DataFrame(
            [
                {"target": target, "case": f"00{case}"}
                | {f"dice_{region}": 0.4 * source + 0.2 * place + 0.02 * case + shift}
                | {f"dice_{other}": 0.5 for other in ("wt", "tc", "et") if other != region}
                for place, target in enumerate(MODELS)
                for case in range(2)
                for region, shift in (("tc", 0.1),)
            ]
        ).to_csv(paths[model], index=False)
    return paths


def change(path, edit):
    table = pd.read_csv(path, dtype={"case": str})
    edit(table).to_csv(path, index=False)


def test_sources_targets_and_cases_are_in_order(files):
    table = join_transfer(files)
    assert list(table.columns) == ["source", "target", "case", "dice_tc", "dice_wt", "dice_et"]
    expected = [
        (source, target, case) for source in "ba" for target in "ba" for case in ("000", "001")
    ]
    assert list(table[["source", "target", "case"]].itertuples(index=False, name=None)) == expected


def test_means_are_by_source_and_target(files, tmp_path):
    path = tmp_path / "transfer.csv"
    join_transfer(files).to_csv(path, index=False)
    matrix = mean_dice(read_transfer(path), MODELS, "dice_tc")
    assert list(matrix.index) == list(matrix.columns) == ["b", "a"]
    np.testing.assert_allclose(matrix, [[0.11, 0.31], [0.51, 0.71]])
    np.testing.assert_allclose(
        mean_dice(read_transfer(path), "ab", "dice_tc"), matrix.to_numpy()[::-1, ::-1]
    )


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda table: table.iloc[:-1], "not every model on every case"),
        (lambda table: pd.concat([table, table.iloc[:1]]), "not every model on every case"),
        (lambda table: table[table["target"] != "a"], "not every model on every case"),
        (lambda table: table.assign(dice_et=np.nan), "a Dice is blank"),
        (lambda table: table.drop(columns="dice_wt"), "columns dice_wt are missing"),
    ],
)
def test_what_is_missing_is_named_for_every_file(files, edit, said):
    change(files["a"], edit)
    with pytest.raises(InputErrors) as caught:
        join_transfer(files)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{files['a']}: {said}")


def test_a_pair_without_a_row_is_an_error(files):
    table = join_transfer(files)
    with pytest.raises(InputError, match="no row for source b, target a"):
        mean_dice(table[(table["source"] == "a") | (table["target"] == "b")], MODELS, "dice_wt")


def test_other_regions_than_the_first_are_an_error(files):
    second = list(files)[1]
    table = pd.read_csv(files[second])
    table.assign(dice_x=0.5).to_csv(files[second], index=False)
    with pytest.raises(InputErrors, match="other regions"):
        join_transfer(files)
