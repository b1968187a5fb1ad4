"""What the last doubling of steps took, found, measured, flagged and printed."""

import pandas as pd
import pytest

from robustseg.diagnostics.flag import Flag
from robustseg.runtime.errors import InputError
from robustseg.statistics.convergence import (
    convergence_note,
    find_doubling,
    flag_unconverged,
    last_doubling,
)
from robustseg.statistics.worst_case import worst_case
from robustseg.tables.rendering_verdicts import render_verdicts
from robustseg.tables.verdicts import verdicts

LONG = {"method": "apgd", "loss": "region-dice", "iterations": 40, "epsilons": [0.05]}
ATTACKS = {
    "fgsm": {"epsilons": [0, 0.05]},
    "half": {**LONG, "iterations": 20},
    "whole": LONG,
    "quarter": {**LONG, "iterations": 10},
    "other": {**LONG, "loss": "dice", "iterations": 20},
    "twice-other": {**LONG, "loss": "margin", "iterations": 80},
}
DOUBLING = {"half": "half", "whole": "whole", "iterations": 40}
FLAGS = {"sound": [], "slow": [Flag("stochastic", "by 0.1", "Random.")]}


def scores(mean_of_half=(0.2, 0.3)):
    """Two cases a model; under the whole attack ``sound`` has 0.19 and ``slow`` 0.2."""
    dice = {
        "fgsm": {"sound": 0.7, "slow": 0.7},
        "half": dict(zip(FLAGS, mean_of_half, strict=True)),
        "whole": {"sound": 0.19, "slow": 0.2},
    }
    return pd.DataFrame(
        [
            {
                **{"model": model, "attack": attack, "epsilon": epsilon, "case": f"c{case}"},
                **{"dice_wt": value + 0.1 * sign, "dice_tc": value - 0.05 * sign},
                **{"psnr": 30.0, "ssim": 0.9, "rmse": 0.1},
            }
            for attack, by_model in dice.items()
            for model, value in by_model.items()
            for case, sign in enumerate((1, -1))
            for epsilon in ((0.0, 0.05) if attack == "fgsm" else (0.05,))
        ]
    )


def test_the_longest_member_that_is_also_there_with_half_of_its_steps():
    assert find_doubling(ATTACKS, ["fgsm", "half", "whole"]) == DOUBLING
    assert find_doubling(ATTACKS, ["quarter", "whole", "half", "twice-other"]) == DOUBLING
    assert find_doubling(ATTACKS, ["fgsm", "quarter", "half"])["whole"] == "half"


def test_no_doubling_where_more_than_the_steps_differs_or_a_member_is_missing():
    for ensemble in (["fgsm"], ["fgsm", "whole"], ["other", "whole"], ["quarter", "whole"]):
        assert find_doubling(ATTACKS, ensemble) is None


def test_what_the_last_doubling_took_is_a_difference_of_means():
    taken = last_doubling(scores(), list(FLAGS), DOUBLING, epsilon=0.05)
    assert taken == pytest.approx({"sound": 0.01, "slow": 0.1})
    assert last_doubling(scores(), list(FLAGS), None, epsilon=0.05) == {}


def test_a_missing_half_is_an_error():
    table = scores()
    table = table[(table["attack"] != "half") | (table["model"] != "slow")]
    with pytest.raises(InputError, match="no row for model slow, attack half"):
        last_doubling(table, list(FLAGS), DOUBLING, epsilon=0.05)


def test_a_flag_where_it_took_more_than_is_tolerated():
    found = flag_unconverged(FLAGS, {"sound": 0.05, "slow": 0.0501}, DOUBLING)
    assert found["sound"] == []
    assert [flag.name for flag in found["slow"]] == ["stochastic", "worst case not converged"]
    assert "whole (40 steps)" in found["slow"][1].evidence
    assert "0.05" in found["slow"][1].evidence
    assert found["slow"][1].concerns == "attack"
    assert [flag.name for flag in FLAGS["slow"]] == ["stochastic"]
    assert flag_unconverged(FLAGS, {}, None) == FLAGS


@pytest.mark.parametrize("doubling", [DOUBLING, None])
def test_verdicts_have_it_and_the_page_too(doubling):
    table, models = scores(), list(FLAGS)
    taken = last_doubling(table, models, doubling, epsilon=0.05)
    worst = worst_case(table, models=models, ensemble=["fgsm"], epsilons=[0.05], name="mine")
    flags = flag_unconverged(FLAGS, taken, doubling)
    found = verdicts(table, worst, flags, epsilon=0.05, last_doubling=taken)
    page = render_verdicts(found, flags, footer=[convergence_note(doubling)])
    if doubling is None:
        assert found["last_doubling"].isna().all()
        assert "Last doubling</th>" not in page
        assert "was not measured" in page
    else:
        assert found["last_doubling"].tolist() == pytest.approx([0.01, 0.1])
        assert list(found["flags"]) == ["", "stochastic | worst case not converged"]
        assert "Last doubling" in page
        assert "half (20 steps)" in page
        assert "0.100" in page
        assert "worst case not converged" in page
