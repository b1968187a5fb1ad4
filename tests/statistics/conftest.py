"""A made-up study: nine models, twelve cases, scores that fall with epsilon."""

import numpy as np
import pandas as pd
import pytest

MODELS = (
    "undefended",
    "noise-0.01",
    "distillation-20",
    "distillation-100",
    "distillation-500",
    "distillation-5000",
    "adversarial-0.01",
    "adversarial-0.05",
    "adversarial-0.1",
)
STRENGTH = dict(zip(MODELS, (0.0, 0.1, 0.25, 0.45, 0.55, 0.65, 0.5, 0.6, 0.7), strict=True))
FALL = {"fgsm": 4.0, "i-fgsm": 8.0, "ti-fgsm": 6.0, "random-signs": 0.2}
CLEAN = {"dice_wt": 0.85, "dice_tc": 0.75, "dice_et": 0.65}


def made_up_scores(cases: int = 12, seed: int = 7) -> pd.DataFrame:
    """Return scores of every model under FGSM, random signs and, undefended, the others."""
    generator = np.random.default_rng(seed)
    names = [f"case-{index:03d}" for index in range(cases)]
    level = {region: generator.normal(0, 0.05, cases) for region in CLEAN}
    grid = [round(0.01 * step, 2) for step in range(11)]
    rows = []
    for model in MODELS:
        conditions = [("fgsm", epsilon) for epsilon in grid]
        conditions += [("random-signs", epsilon) for epsilon in grid[1:]]
        if model == "undefended":
            conditions += [("i-fgsm", 0.05), ("ti-fgsm", 0.05)]
        for attack, epsilon in conditions:
            fall = FALL[attack] * epsilon * (1 - STRENGTH[model])
            for index, name in enumerate(names):
                row = {"model": model, "attack": attack, "epsilon": epsilon, "case": name}
                for region, mean in CLEAN.items():
                    noise = generator.normal(0, 0.015)
                    score = (mean + level[region][index]) * np.exp(-fall * 1.2) + noise
                    row[region] = float(np.clip(score, 0, 1))
                if epsilon:
                    row |= {
                        "psnr": -20 * np.log10(epsilon) + generator.normal(1.2, 0.2),
                        "ssim": 1 - 6 * epsilon + generator.normal(0, 0.01),
                        "rmse": 0.85 * epsilon,
                        "linf": epsilon,
                    }
                rows.append(row | {"threat_model": "reference per volume, clipped"})
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def scores() -> pd.DataFrame:
    """Return the made-up study's long table."""
    return made_up_scores()


@pytest.fixture(scope="session")
def models() -> tuple[str, ...]:
    """Return the made-up study's models in order."""
    return MODELS
