"""Made-up inputs of the figures: a round lesion in a round head, scores, iterations."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from robustseg.figures.examples import Example

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


def made_up_scores(models=MODELS, cases=12, epsilons=None, control=True) -> pd.DataFrame:
    """Return scores that fall with epsilon, less so for the later models."""
    epsilons = [round(0.01 * step, 2) for step in range(11)] if epsilons is None else epsilons
    generator = np.random.default_rng(3)
    rows = []
    for rank, model in enumerate(models):
        for epsilon in epsilons:
            for attack in ("fgsm", "random-signs")[: 2 if control and epsilon else 1]:
                slope = (6 - 0.5 * rank) if attack == "fgsm" else 0.3
                for case in range(cases):
                    row = {"model": model, "attack": attack, "epsilon": epsilon, "case": f"{case}"}
                    for region, mean in (("wt", 0.85), ("tc", 0.75), ("et", 0.65)):
                        score = mean * np.exp(-slope * epsilon) + generator.normal(0, 0.02)
                        row[f"dice_{region}"] = float(np.clip(score, 0, 1))
                    rows.append(row)
    return pd.DataFrame(rows)


def of_seeds(table: pd.DataFrame, shifts=(0.0, -0.08, 0.05)) -> pd.DataFrame:
    """Return the numbers of several trainings: those of ``table``, each with a shift of its own."""
    shifted = []
    for seed, shift in enumerate(shifts):
        one = table.assign(seed=seed)
        columns = [name for name in table if name.startswith("dice_") or name == "psnr"]
        one[columns] += shift
        shifted.append(one)
    return pd.concat(shifted, ignore_index=True)


def made_up_iterations(cases=12, attacks=("i-fgsm", "ti-fgsm")) -> pd.DataFrame:
    """Return Dice and PSNR that fall with the iterations; PSNR is blank at iteration 0."""
    generator = np.random.default_rng(5)
    rows = []
    for attack, slope in zip(attacks, (0.09, 0.06), strict=False):
        for case in range(cases):
            for iteration in range(11):
                row = {"model": "undefended", "attack": attack, "epsilon": 0.05, "case": f"{case}"}
                row["iteration"] = iteration
                for region, mean in (("wt", 0.85), ("tc", 0.75), ("et", 0.65)):
                    score = mean * np.exp(-slope * iteration) + generator.normal(0, 0.08)
                    row[f"dice_{region}"] = float(np.clip(score, 0, 1))
                if iteration:
                    row["psnr"] = 45 - 17 * np.log10(iteration) + generator.normal(0, 0.3)
                rows.append(row)
    return pd.DataFrame(rows)


def made_up_example(
    model="undefended", attack="fgsm", epsilon=0.0, size=64, predicted=True
) -> Example:
    """Return a slice with an off-center lesion, whose prediction is worse at larger epsilon."""
    generator = np.random.default_rng(11)
    x, y = np.meshgrid(*2 * [np.linspace(-1, 1, size)], indexing="ij")
    head = (x / 0.75) ** 2 + (y / 0.9) ** 2 < 1
    radius = np.hypot(x - 0.25, y - 0.3)
    labels = np.select([radius < 0.1, radius < 0.18, radius < 0.32], [1, 3, 2], 0).astype(np.uint8)
    shifted = np.hypot(x - 0.25 + 3 * epsilon, y - 0.3)
    prediction = np.select([shifted < 0.08, shifted < 0.2, shifted < 0.3], [1, 3, 2], 0)
    image = (
        np.stack(
            [
                head * (1 + 0.3 * np.cos(5 * x)) + brightness * (labels > 0)
                for brightness in (-0.3, 0.5, 0.6, 0.9)
            ]
        )
        - 0.6
    )
    image[1] += 0.8 * (labels == 3)
    image += 0.05 * generator.normal(size=image.shape) * head
    image += 1.5 * epsilon * np.sign(generator.normal(size=image.shape))
    return Example(
        model=model,
        attack=attack,
        epsilon=epsilon,
        case="case-000",
        image=image.astype(np.float32),
        prediction=(prediction * predicted).astype(np.uint8),
        labels=labels,
        dice=np.array([0.84, 0.78, 0.7]) * np.exp(-8 * epsilon),
    )


def made_up_histories(models=MODELS) -> dict[str, pd.DataFrame]:
    """Return a falling loss for every model."""
    epoch = np.arange(1, 41)
    return {
        model: pd.DataFrame({"epoch": epoch, "loss": 0.8 * np.exp(-epoch / (8 + 2 * rank)) + 0.15})
        for rank, model in enumerate(models)
    }


@pytest.fixture(scope="session")
def made_up() -> SimpleNamespace:
    """Return the makers of inputs."""
    return SimpleNamespace(
        models=MODELS,
        scores=made_up_scores,
        iterations=made_up_iterations,
        of_seeds=of_seeds,
        example=made_up_example,
        histories=made_up_histories,
    )
