"""Every figure, for full and for meagre studies: complete, legible, and the same every time."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from robustseg.data.cohort import BRATS
from robustseg.figures.dice_curves import figure3, figure4
from robustseg.figures.figure1 import figure1
from robustseg.figures.figure5 import figure5
from robustseg.figures.iteration_curves import figure2, figure_s2
from robustseg.figures.network import figure_s1
from robustseg.figures.style import save
from robustseg.figures.training_curves import training_curves

NOTE = "phantom data, not comparable"
NETWORK = {"size": 128, "sequences": 4, "classes": 4, "dropout": 0.3}
ATTACKS = (("fgsm", 0.0), ("fgsm", 0.05), ("i-fgsm", 0.05), ("ti-fgsm", 0.05))


def attacks(made_up: SimpleNamespace, number: int, **options: object) -> list:
    return [made_up.example(attack=a, epsilon=e, **options) for a, e in ATTACKS[:number]]


def both(made_up: SimpleNamespace, models: tuple[str, ...], size: int = 64) -> tuple[list, list]:
    clean = [made_up.example(model=model, size=size) for model in models]
    return clean, [made_up.example(model=model, size=size, epsilon=0.03) for model in models]


FULL: dict[str, Callable[[SimpleNamespace], Figure]] = {
    "figure1": lambda m: figure1(attacks(m, 4), note=NOTE, cohort=BRATS),
    "figure2": lambda m: figure2(m.iterations(), note=NOTE),
    "figure3": lambda m: figure3(m.scores(), m.models, note=NOTE),
    "figure4": lambda m: figure4(m.scores(), m.models, note=NOTE),
    "figure5": lambda m: figure5(*both(m, m.models), note=NOTE, cohort=BRATS),
    "figureS1": lambda m: figure_s1(levels=5, filters=16, heads=3, note=NOTE, **NETWORK),
    "figureS2": lambda m: figure_s2(m.iterations(), note=NOTE),
    "training": lambda m: training_curves(m.histories(), note=NOTE),
}
MEAGRE: dict[str, Callable[[SimpleNamespace], Figure]] = {
    "figure1, one attack, 32, nothing found": lambda m: figure1(
        attacks(m, 2, size=32, predicted=False), note=NOTE, cohort=BRATS
    ),
    "figure1, 128, no note": lambda m: figure1(attacks(m, 3, size=128), cohort=BRATS),
    "figure2, one attack, one case": lambda m: figure2(
        m.iterations(cases=1, attacks=("i-fgsm",)), note=NOTE
    ),
    "figure3, one epsilon, one case, no control": lambda m: figure3(
        m.scores(models=m.models[:3], epsilons=[0.05], cases=1, control=False), m.models, note=NOTE
    ),
    "figure3, clean only": lambda m: figure3(
        m.scores(epsilons=[0.0], cases=2), m.models, note=NOTE
    ),
    "figure4, undefended only": lambda m: figure4(
        m.scores(models=m.models[:1]), m.models, note=NOTE
    ),
    "figure5, one model, 32": lambda m: figure5(
        *both(m, m.models[:1], 32), note=NOTE, cohort=BRATS
    ),
    "figure5, own model, 128": lambda m: figure5(
        *both(m, ("undefended", "my-own-network"), 128), note=NOTE, cohort=BRATS
    ),
    "figureS1, two levels": lambda m: figure_s1(levels=2, filters=4, heads=3, **NETWORK),
    "figureS2, one case": lambda m: figure_s2(m.iterations(cases=1), note=NOTE),
    "figure3, three seeds": lambda m: figure3(m.of_seeds(m.scores()), m.models, note=NOTE),
    "figure4, three seeds": lambda m: figure4(m.of_seeds(m.scores()), m.models, note=NOTE),
    "training, one model": lambda m: training_curves(m.histories(m.models[:1]), note=NOTE),
    "training, four models": lambda m: training_curves(m.histories(m.models[:4]), note=NOTE),
}


def drawn_texts(figure: Figure) -> list[tuple[str, np.ndarray]]:
    """Draw ``figure`` and return every text that was drawn, with its extents in pixels."""
    drawn: dict[int, Text] = {}
    original = Text.draw

    def record(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip():
            drawn[id(self)] = self
        original(self, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", record)
        figure.draw_without_rendering()
    return [(text.get_text(), text.get_window_extent().extents) for text in drawn.values()]


@pytest.mark.parametrize("name", [*FULL, *MEAGRE])
def test_no_text_is_cut_off_or_covers_another(name: str, made_up: SimpleNamespace) -> None:
    figure = {**FULL, **MEAGRE}[name](made_up)
    found = drawn_texts(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, (left, bottom, right, top) in found:
        assert left >= -0.5, text
        assert bottom >= -0.5, text
        assert right <= width + 0.5, text
        assert top <= height + 0.5, text
    for (one, a), (other, b) in combinations(found, 2):
        overlap = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
        assert (overlap <= 1.0).any(), (one, other)


@pytest.mark.parametrize("name", FULL)
def test_files_hold_truetype_fonts_and_no_date(
    name: str, made_up: SimpleNamespace, tmp_path: Path
) -> None:
    save(FULL[name](made_up), tmp_path / "figure.png", tmp_path / "figure.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.pdf", "figure.png"]
    png, pdf = (tmp_path / "figure.png").read_bytes(), (tmp_path / "figure.pdf").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert b"/Type3" not in pdf
    assert b"/FontFile2" in pdf
    for dated in (b"CreationDate", b"Software", b"Matplotlib"):
        assert dated not in png + pdf


@pytest.mark.parametrize("name", ["figure1", "figure2", "training"])
def test_equal_data_give_equal_bytes(name: str, made_up: SimpleNamespace, tmp_path: Path) -> None:
    for run in ("one", "other"):
        save(FULL[name](made_up), tmp_path / f"{run}.png", tmp_path / f"{run}.pdf")
    for kind in ("png", "pdf"):
        one, other = tmp_path / f"one.{kind}", tmp_path / f"other.{kind}"
        assert one.read_bytes() == other.read_bytes()


def test_the_users_matplotlib_settings_neither_matter_nor_change(
    made_up: SimpleNamespace, tmp_path: Path
) -> None:
    save(FULL["figureS2"](made_up), tmp_path / "a.png", tmp_path / "a.pdf")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "pdf.fonttype": 3}):
        before = dict(matplotlib.rcParams)
        save(FULL["figureS2"](made_up), tmp_path / "b.png", tmp_path / "b.pdf")
        assert dict(matplotlib.rcParams) == before
    for kind in ("png", "pdf"):
        one, other = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
        assert one.read_bytes() == other.read_bytes()


def test_a_failed_save_leaves_no_file(made_up: SimpleNamespace, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    figure = FULL["figureS2"](made_up)
    figure.savefig = fail
    with pytest.raises(OSError, match="disk full"):
        save(figure, tmp_path / "a.png", tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["figureS1", "figureS2"])
def test_the_note_is_there_when_asked_for(name: str, made_up: SimpleNamespace) -> None:
    assert NOTE in [text for text, _ in drawn_texts(FULL[name](made_up))]
