"""The drawn network has the boxes of the network that is trained."""

from collections import Counter

import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch

from robustseg.figures.network import CONVOLUTION, INK, OUTPUT, RESIDUAL, UPWARD, figure_s1


@pytest.mark.parametrize(("levels", "heads"), [(5, 3), (4, 2), (3, 3), (2, 1)])
def test_boxes_follow_the_numbers(levels: int, heads: int) -> None:
    figure = figure_s1(
        levels=levels, filters=8, size=64, sequences=4, classes=4, heads=heads, dropout=0.2
    )
    boxes = Counter(text.get_text() for text in figure.axes[0].texts)
    drawn = min(heads, levels - 1)
    assert boxes["conv 3³\nstride 1"] == 1
    assert boxes["conv 3³\nstride 2"] == levels - 1
    assert boxes["conv 3³, dropout\n0.2, conv 3³"] == levels
    assert boxes["↑2, conv 3³"] == boxes["conv 1³"] == boxes["c"] == levels - 1
    assert boxes["head 1³\n4 classes"] == drawn
    assert boxes["+"] == levels + drawn - 1
    assert boxes[f"{8 * 2 ** (levels - 1)} filters\n{64 // 2 ** (levels - 1)}³ voxels"] == 1
    fills = {patch.get_facecolor() for patch in figure.axes[0].patches if patch.get_fill()}
    assert {to_rgba(tint) for tint in (CONVOLUTION, RESIDUAL, UPWARD, OUTPUT)} <= fills
    assert to_rgba(INK) not in {
        patch.get_facecolor()
        for patch in figure.axes[0].patches
        if isinstance(patch, FancyBboxPatch)
    }
