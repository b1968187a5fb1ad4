"""One style for all figures, and identical files for identical data.

Every model has its own color (see `robustseg.html.palette`) and, within its family, a marker. The
font comes with matplotlib, so a figure looks the same on every machine.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from robustseg.html.palette import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    GRID,
    OLIVE,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    WINE,
)
from robustseg.runtime.files import atomic_path

SINGLE_COLUMN, DOUBLE_COLUMN = 3.5, 7.2
NOTE_STRIP = 0.16
DPI = 300

# By the position of a region; they repeat after the last one.
REGION_STYLES = (
    *((BLUE, "o"), (ORANGE, "s"), (VERMILLION, "^"), (GREEN, "D"), (PURPLE, "v")),
    *((SKY, "P"), (WINE, "X"), (OLIVE, "d")),
)
ATTACK_COLORS = {"i-fgsm": VERMILLION, "ti-fgsm": BLUE}
ATTACK_MARKERS = {"i-fgsm": "s", "ti-fgsm": "^"}

PARAMETERS: Any = {
    **{name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"},
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.8,
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class LineStyle:
    """Color and marker of a model, the same in every figure."""

    color: str
    marker: str

    def line(self) -> dict[str, Any]:
        """Return the style as arguments of a line; a star is larger, to not look like a dot."""
        size = 6.5 if self.marker == "*" else 3.8
        return {"color": self.color, "marker": self.marker, "markersize": size}


MODEL_STYLES = {
    "undefended": LineStyle(BLACK, "o"),
    "noise-0.01": LineStyle(GRAY, "*"),
    "distillation-20": LineStyle(SKY, "s"),
    "distillation-100": LineStyle(GREEN, "^"),
    "distillation-500": LineStyle(BLUE, "D"),
    "distillation-5000": LineStyle(PURPLE, "v"),
    "adversarial-0.01": LineStyle(ORANGE, "s"),
    "adversarial-0.05": LineStyle(VERMILLION, "^"),
    "adversarial-0.1": LineStyle(WINE, "D"),
    "pgd-0.05": LineStyle(OLIVE, "v"),
}
OTHER_COLORS = (SKY, GREEN, BLUE, PURPLE, ORANGE, VERMILLION, WINE)
OTHER_MARKERS = ("P", "X", "p", "h", "8", "d", "<", ">")


def model_style(model: str) -> LineStyle:
    """Return the style of a model; the style of an unknown model is derived from its name.

    That style depends only on the name, and not on the other models. It uses markers that no known
    model has.
    """
    if model in MODEL_STYLES:
        return MODEL_STYLES[model]
    digest = hashlib.sha256(model.encode()).digest()
    return LineStyle(
        OTHER_COLORS[digest[0] % len(OTHER_COLORS)],
        OTHER_MARKERS[digest[1] % len(OTHER_MARKERS)],
    )


Arguments = ParamSpec("Arguments")
Layout = Literal["constrained", "compressed"] | None


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Run ``draw`` with the project's style, without changing matplotlib's settings."""

    @wraps(draw)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with matplotlib.rc_context(PARAMETERS):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(
    width: float, height: float, *, note: str | None, layout: Layout = "constrained"
) -> Figure:
    """Return an empty figure of ``width`` x ``height`` inches, with ``note`` in its lower right.

    The note has its own strip below everything else. ``layout`` is matplotlib's: ``compressed`` for
    images of fixed aspect, None for manual placement.
    """
    figure = Figure(figsize=(width, height), dpi=DPI, layout=layout)
    if note:
        reserve_below(figure, NOTE_STRIP / height)
        y = 0.02 / height
        figure.text(0.995, y, note, ha="right", va="bottom", size=6.5, style="italic", color=GRAY)
    return figure


def reserve_below(figure: Figure, height: float) -> None:
    """Keep the panels of ``figure`` out of its lowest ``height`` (fraction of the figure)."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, height, 1, 1 - height))


def legend_below(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put a legend below the panels and above the note, in as many columns as fit."""
    engine = figure.get_layout_engine()
    bottom = engine.get()["rect"][1] if engine else 0.0
    for rows in range(1, len(handles) + 1):
        legend = figure.legend(
            handles=list(handles),
            loc="lower center",
            bbox_to_anchor=(0.5, bottom),
            ncols=ceil(len(handles) / rows),
            borderaxespad=0.2,
        )
        extent = legend.get_window_extent()
        if extent.width <= figure.bbox.width or rows == len(handles):
            break
        legend.remove()
    legend.set_in_layout(False)
    reserve_below(figure, bottom + extent.height / figure.bbox.height)


def _settle(figure: Figure) -> None:
    """Fix the panels at the positions of the layout, rounded to a millionth of the figure.

    The last digit of a position from the layout's solver is random.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(float(e), 6) for e in axes.get_position(True).bounds)
        axes.set_position((left, bottom, width, height))


def save(figure: Figure, png: str | Path, pdf: str | Path) -> None:
    """Write ``figure`` as PNG (300 dpi) and PDF (embedded TrueType fonts).

    Each file is complete or absent. Neither contains a date or a version, so equal figures give
    equal bytes.
    """
    with matplotlib.rc_context(PARAMETERS):
        _settle(figure)
        with atomic_path(png) as path:
            figure.savefig(path, format="png", dpi=DPI, metadata={"Software": None})
        with atomic_path(pdf) as path:
            nameless = {"Creator": None, "Producer": None, "CreationDate": None}
            figure.savefig(path, format="pdf", dpi=DPI, metadata=nameless)
