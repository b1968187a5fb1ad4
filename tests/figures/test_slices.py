"""Slices: orientation, gray windows, colors, outline, and reading examples."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from robustseg.data.cohort import BRATS
from robustseg.figures.examples import read_example
from robustseg.figures.figure1 import figure1
from robustseg.figures.figure5 import figure5
from robustseg.figures.slices import (
    OPACITY,
    dice_text,
    gray_window,
    outline,
    radiological,
    show_classes,
)
from robustseg.html.palette import class_color
from robustseg.runtime.errors import InputError


def test_front_is_up_and_the_patients_right_is_on_the_left() -> None:
    plane = np.zeros((5, 4))
    plane[4, 3] = 1  # far right and front of the patient
    plane[0, 0] = 2  # far left and back
    shown = radiological(plane)
    assert shown.shape == (4, 5)
    assert shown[0, 0] == 1
    assert shown[-1, -1] == 2


def test_outline_of_one_pixel_goes_half_way_to_its_four_neighbors() -> None:
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 2] = True
    (line,) = outline(mask)
    assert set(map(tuple, line)) == {(1.5, 1.0), (2.5, 1.0), (2.0, 0.5), (2.0, 1.5)}
    np.testing.assert_array_equal(line[0], line[-1])


def test_outline_of_everything_is_the_border_and_of_nothing_is_empty() -> None:
    (line,) = outline(np.ones((3, 5), dtype=bool))
    np.testing.assert_array_equal(line.min(axis=0), (-0.5, -0.5))
    np.testing.assert_array_equal(line.max(axis=0), (4.5, 2.5))
    assert outline(np.zeros((3, 5), dtype=bool)) == []


def test_outline_goes_around_every_piece_and_every_hole() -> None:
    mask = np.zeros((9, 20), dtype=bool)
    mask[2:7, 2:7] = mask[1:3, 12:18] = True
    mask[4, 4] = False
    assert len(outline(mask)) == 3


def test_classes_are_blended_over_gray() -> None:
    axes = Figure().subplots()
    plane, classes = np.array([[0.0, 1.0]]), np.array([[0, 3]])
    show_classes(axes, plane, classes, (0.0, 1.0))
    picture = axes.images[0].get_array()
    np.testing.assert_allclose(picture[1, 0], [0, 0, 0])
    expected = OPACITY * np.array(to_rgb(class_color(3))) + (1 - OPACITY)
    np.testing.assert_allclose(picture[0, 0], expected)


def test_window_of_a_constant_slice_has_a_width() -> None:
    assert gray_window(np.full((4, 4), 2.0)) == (1.5, 2.5)


def test_dice_text() -> None:
    text = dice_text(np.array([0.844, 0.5, 0.0]), cohort=BRATS).replace("\u00a0", " ")
    assert text == "WT 0.84  TC 0.50  ET 0.00"


def test_figure1_keeps_the_clean_gray_window_in_every_column(made_up: SimpleNamespace) -> None:
    examples = [made_up.example(epsilon=epsilon) for epsilon in (0.0, 0.05, 0.1)]
    grid = np.reshape(figure1(examples, cohort=BRATS).axes, (5, 4))
    for row in range(4):
        limits = {axes.images[0].get_clim() for axes in grid[row, :3]}
        assert limits == {gray_window(examples[0].image[row])}
        for column, example in enumerate(examples):
            shown = grid[row, column].images[0].get_array()
            np.testing.assert_array_equal(shown, radiological(example.image[row]))
    assert [axes.get_title() for axes in grid[0, :3]] == ["No attack", "FGSM", "FGSM"]
    assert [axes.get_xlabel() for axes in grid[4]] == [
        *(dice_text(example.dice, cohort=BRATS) for example in examples),
        "Truth",
    ]


def test_figure5_rows(made_up: SimpleNamespace) -> None:
    models = ("undefended", "distillation-20", "adversarial-0.1")
    clean = [made_up.example(model=model) for model in models]
    attacked = [made_up.example(model=model, epsilon=0.03) for model in models]
    grid = np.reshape(figure5(clean, attacked, cohort=BRATS).axes, (3, 4))
    shown = grid[1, 2].images[0].get_array()
    np.testing.assert_array_equal(shown, radiological(attacked[1].image[3]))
    assert grid[0, 1].get_xlabel() == dice_text(clean[0].dice, separator="\n", cohort=BRATS)
    assert grid[2, 1].get_xlabel() == dice_text(attacked[0].dice, separator="\n", cohort=BRATS)


def test_figure5_needs_the_same_models_twice(made_up: SimpleNamespace) -> None:
    clean, attacked = made_up.example(), made_up.example(model="noise-0.01", epsilon=0.03)
    with pytest.raises(InputError, match="different models"):
        figure5([clean], [attacked], cohort=BRATS)


def test_examples_of_different_slices_are_refused(made_up: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="different slices"):
        figure1([made_up.example(), made_up.example(size=32)], cohort=BRATS)
    with pytest.raises(InputError, match="none was given"):
        figure1([], cohort=BRATS)


def stored(made_up: SimpleNamespace) -> dict[str, np.ndarray]:
    example = made_up.example(size=32)
    names = ("image", "prediction", "labels", "dice")
    return {name: getattr(example, name) for name in names} | {"case": np.array("case-000")}


def test_reading_an_example(made_up: SimpleNamespace, tmp_path: Path) -> None:
    np.savez(tmp_path / "0.npz", **stored(made_up))
    example = read_example(
        tmp_path / "0.npz", model="undefended", attack="fgsm", epsilon=0.0, cohort=BRATS
    )
    assert (example.case, example.model, example.epsilon) == ("case-000", "undefended", 0.0)
    np.testing.assert_array_equal(example.labels, made_up.example(size=32).labels)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dice": None}, "arrays dice are missing"),
        ({"prediction": np.zeros((3, 3), np.uint8)}, "differ in shape"),
        ({"image": np.zeros((3, 32, 32), np.float32)}, "differ in shape"),
    ],
)
def test_damaged_examples_are_named(
    changes: dict[str, np.ndarray | None],
    message: str,
    made_up: SimpleNamespace,
    tmp_path: Path,
) -> None:
    arrays = {name: a for name, a in (stored(made_up) | changes).items() if a is not None}
    np.savez(tmp_path / "0.npz", **arrays)
    with pytest.raises(InputError, match=message):
        read_example(
            tmp_path / "0.npz", model="undefended", attack="fgsm", epsilon=0.0, cohort=BRATS
        )


def test_pickled_objects_are_not_loaded(made_up: SimpleNamespace, tmp_path: Path) -> None:
    arrays = stored(made_up) | {"case": np.array([{"a": 1}], dtype=object)}
    np.savez(tmp_path / "0.npz", **arrays)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_example(
            tmp_path / "0.npz", model="undefended", attack="fgsm", epsilon=0.0, cohort=BRATS
        )
