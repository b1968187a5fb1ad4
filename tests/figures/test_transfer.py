"""The heat maps of the transfer matrix."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from robustseg.figures.style import save
from robustseg.figures.transfer import transfer_figure
from robustseg.html.palette import VERMILLION
from robustseg.runtime.errors import InputError

MODELS = ("undefended", "distillation-20", "adversarial-0.1")
# Rows are sources; in the last column the white-box attack loses to that of the first model.
DICE = ((0.1, 0.8, 0.2), (0.6, 0.2, 0.9), (0.7, 1.0, 0.4))
FACTORS = {"wt": 1.0, "tc": 0.8, "et": 0.6}


@pytest.fixture
def transfer() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"source": source, "target": target, "case": case}
            | {f"dice_{region}": DICE[i][j] * factor for region, factor in FACTORS.items()}
            for i, source in enumerate(MODELS)
            for j, target in enumerate(MODELS)
            for case in "xy"
        ]
    )


def boxes(axes, color):
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    centers = [patch.get_center() for patch in found if patch.get_edgecolor() == to_rgba(color)]
    return [(round(y), round(x)) for x, y in centers]


def test_cells_are_mean_dice_of_source_and_target(transfer):
    figure = transfer_figure(transfer, MODELS)
    for axes, factor in zip(figure.axes, FACTORS.values(), strict=False):
        (image,) = axes.images
        np.testing.assert_allclose(image.get_array(), factor * np.array(DICE))
        assert image.get_clim() == (0, 1)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == [".10", ".80", ".20", ".60", ".20", ".90", ".70", "1.00", ".40"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [label.replace("\u00a0", " ") for label in labels] == [
        "No defense",
        "Distilled T = 20",
        "Adversarial ε = 0.1",
    ]


def test_the_diagonal_is_boxed_and_what_beats_it_too(transfer):
    figure = transfer_figure(transfer, MODELS)
    for axes in figure.axes[:3]:
        assert boxes(axes, "white") == [(0, 0), (1, 1), (2, 2)]
        assert boxes(axes, VERMILLION) == [(0, 2)]


def test_a_missing_pair_is_an_error(transfer):
    with pytest.raises(InputError, match="no row for source undefended, target my-own"):
        transfer_figure(transfer, (*MODELS, "my-own"))


def test_it_can_be_saved(transfer, tmp_path):
    save(transfer_figure(transfer, MODELS[:1]), tmp_path / "t.png", tmp_path / "t.pdf")
    assert (tmp_path / "t.png").stat().st_size > 10_000
