"""Supplemental Figure 1: the residual 3-D U-Net, drawn from its numbers."""

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from robustseg.figures.style import DOUBLE_COLUMN, new_figure, styled

ROW = 0.98
BOX = 0.36
RADIUS = 0.1
# Horizontal centers in inches.
LABEL, DOWN, CONTEXT, SUM, JOIN, MERGE, THIN, HEAD, TOTAL = (
    *(0.42, 1.3, 2.42, 3.22, 3.95),
    *(4.75, 5.5, 6.24, 6.86),
)
INK = "#444444"
CONVOLUTION, RESIDUAL, UPWARD, OUTPUT = "#DCEBF5", "#FCEFD2", "#DDF1EA", "#F4E3EE"


@dataclass(frozen=True)
class _Canvas:
    """Drawing in inches from the top left; level 0 is the finest."""

    axes: Axes
    bottom: float

    def y(self, level: float) -> float:
        return self.bottom - level * ROW

    def box(self, x: float, y: float, width: float, text: str, color: str) -> None:
        patch = FancyBboxPatch(
            (x - width / 2, y - BOX / 2),
            width,
            BOX,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=color,
            edgecolor=INK,
            linewidth=0.7,
        )
        self.axes.add_patch(patch)
        self.axes.text(x, y, text, ha="center", va="center", size=6.8, linespacing=1.1)

    def circle(self, x: float, y: float, text: str) -> None:
        patch = Circle((x, y), RADIUS, facecolor="white", edgecolor=INK, linewidth=0.7)
        self.axes.add_patch(patch)
        self.axes.text(x, y, text, ha="center", va="center_baseline", size=7.5)

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw straight lines from point to point, with a head at the last one."""
        for start, end in pairwise(points[:-1]):
            self.axes.plot(*zip(start, end, strict=True), color=INK, linewidth=0.8)
        self.axes.add_patch(
            FancyArrowPatch(
                points[-2],
                points[-1],
                arrowstyle="-|>",
                mutation_scale=6,
                shrinkA=0,
                shrinkB=0,
                linewidth=0.8,
                color=INK,
            )
        )


@styled
def figure_s1(
    *,
    levels: int,
    filters: int,
    size: int,
    sequences: int,
    classes: int,
    heads: int,
    dropout: float,
    note: str | None = None,
) -> Figure:
    """Draw Supplemental Figure 1 of the paper for the network that the study trains.

    Args:
        levels: number of resolutions, at least 2.
        filters: channels of the finest level; each coarser level doubles them.
        size: edge of the input cube in voxels; each coarser level halves it.
        sequences: input channels.
        classes: output channels, background included.
        heads: number of finest decoder levels with a segmentation head.
        dropout: probability of the spatial dropout of the context modules.
        note: small remark in the lower right corner.
    """
    heads = min(heads, levels - 1)
    height = ROW * levels + 1.0
    figure = new_figure(DOUBLE_COLUMN, height, note=note, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, DOUBLE_COLUMN), ylim=(0, height))
    axes.axis("off")
    canvas = _Canvas(axes, bottom=height - 0.95)
    for level in range(levels):
        width, edge = filters * 2**level, size // 2**level
        text = f"{width} filters\n{edge}³ voxels"
        axes.text(LABEL, canvas.y(level), text, ha="center", va="center", size=7)
        _encoder_level(canvas, level, dropout, last=level == levels - 1)
    for level in range(levels - 1):
        _decoder_level(canvas, level, first=level == levels - 2)
    for level in range(heads):
        _head(canvas, level, classes, first=level == heads - 1)
    top = canvas.y(0) + 0.62
    canvas.box(DOWN, top, 1.0, f"input\n{sequences} × {size}³", "white")
    canvas.arrow((DOWN, top - BOX / 2), (DOWN, canvas.y(0) + BOX / 2))
    canvas.box(TOTAL - 0.2, top, 0.98, f"softmax\n{classes} × {size}³", "white")
    start = RADIUS if heads > 1 else 0
    canvas.arrow((TOTAL, canvas.y(0) + start), (TOTAL, top - BOX / 2))
    axes.text(
        DOUBLE_COLUMN / 2,
        0.28,
        "conv: convolution, instance normalization, leaky ReLU.   +: sum.   c: concatenation.   "
        "↑2: nearest-neighbor upsampling.",
        ha="center",
        va="center",
        size=6.8,
    )
    return figure


def _encoder_level(canvas: _Canvas, level: int, dropout: float, *, last: bool) -> None:
    """Draw a convolution, the context module, the residual around it, and their sum."""
    y, stride = canvas.y(level), "stride 2" if level else "stride 1"
    canvas.box(DOWN, y, 0.86, f"conv 3³\n{stride}", CONVOLUTION)
    canvas.box(CONTEXT, y, 1.0, f"conv 3³, dropout\n{dropout:g}, conv 3³", RESIDUAL)
    canvas.circle(SUM, y, "+")
    canvas.arrow((DOWN + 0.43, y), (CONTEXT - 0.5, y))
    canvas.arrow((CONTEXT + 0.5, y), (SUM - RADIUS, y))
    over, fork = y + 0.27, CONTEXT - 0.59
    canvas.arrow((fork, y), (fork, over), (SUM, over), (SUM, y + RADIUS))
    if not last:
        between = y - 0.5
        canvas.arrow((SUM, y - RADIUS), (SUM, between), (DOWN, between), (DOWN, y - ROW + BOX / 2))


def _decoder_level(canvas: _Canvas, level: int, *, first: bool) -> None:
    """Draw the input from below, its concatenation with the skip, and two convolutions."""
    y, between = canvas.y(level), canvas.y(level) - 0.5
    below = canvas.y(level + 1)
    canvas.box(JOIN, between, 0.86, "↑2, conv 3³", UPWARD)
    if first:
        canvas.arrow((SUM + RADIUS, below), (JOIN, below), (JOIN, between - BOX / 2))
    else:
        canvas.arrow((THIN, below + BOX / 2), (THIN, between), (JOIN + 0.43, between))
    canvas.arrow((JOIN, between + BOX / 2), (JOIN, y - RADIUS))
    canvas.arrow((SUM + RADIUS, y), (JOIN - RADIUS, y))
    canvas.circle(JOIN, y, "c")
    canvas.box(MERGE, y, 0.62, "conv 3³", CONVOLUTION)
    canvas.box(THIN, y, 0.62, "conv 1³", CONVOLUTION)
    canvas.arrow((JOIN + RADIUS, y), (MERGE - 0.31, y))
    canvas.arrow((MERGE + 0.31, y), (THIN - 0.31, y))


def _head(canvas: _Canvas, level: int, classes: int, *, first: bool) -> None:
    """Draw a segmentation head and its sum with the upsampled one from below."""
    y = canvas.y(level)
    canvas.box(HEAD, y, 0.58, f"head 1³\n{classes} classes", OUTPUT)
    canvas.arrow((THIN + 0.31, y), (HEAD - 0.29, y))
    if first:
        canvas.axes.plot((HEAD + 0.29, TOTAL), (y, y), color=INK, linewidth=0.8)
    else:
        canvas.arrow((HEAD + 0.29, y), (TOTAL - RADIUS, y))
        canvas.circle(TOTAL, y, "+")
    if level > 0:
        end = y + ROW - RADIUS
        start = y if first else y + RADIUS
        canvas.arrow((TOTAL, start), (TOTAL, end))
        canvas.axes.text(TOTAL + 0.05, y + ROW / 2, "↑2", va="center", size=6.8)
