"""Made-up scores of several trainings."""

import pandas as pd
import pytest

from robustseg.statistics.scores import Condition
from robustseg.statistics.seeds import KEYS
from robustseg.statistics.worst_case import worst_case

from ..conftest import made_up_scores

SEEDS = (4, 0, 9)
ATTACKED = Condition("distillation-20", "fgsm", 0.05)
DICE = ("dice_wt", "dice_tc", "dice_et")
WORST = ["worst_wt", "worst_tc", "worst_et"]
MODELS = ("undefended", "noise-0.01", "distillation-20")


def trained(seeds=SEEDS) -> pd.DataFrame:
    """Return made-up scores of several trainings, each with its own numbers."""
    tables = [made_up_scores(seed=seed).assign(seed=seed) for seed in seeds]
    scores = pd.concat(tables, ignore_index=True)
    return scores[scores["model"].isin(MODELS)]


@pytest.fixture(scope="module")
def models() -> tuple[str, ...]:
    return MODELS


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    scores = made_up_scores()
    return scores[scores["model"].isin(MODELS)]


@pytest.fixture(scope="module")
def several() -> pd.DataFrame:
    return trained()


@pytest.fixture(scope="module")
def averaged(several: pd.DataFrame) -> pd.DataFrame:
    """The means over seeds, computed in another way."""
    numbers = [*DICE, "psnr", "ssim", "rmse", "linf"]
    return several.groupby(list(KEYS), as_index=False)[numbers].agg("mean")


def worst(scores: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    return worst_case(scores, models=models, ensemble=("fgsm",), epsilons=(0.05,), name="paper")
