"""Numbers as text."""

import pytest

from robustseg.html.numbers import mean_sd, number, p_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2287, "0.2287"),
        (6.628e-4, "6.6e-4"),
        (9.011e-9, "9.0e-9"),
        (0.001, "0.0010"),
        (1.0, "1"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_p_values_look_like_the_papers(value: float | None, text: str) -> None:
    assert p_value(value) == text


def test_numbers() -> None:
    assert number(-0.1234) == "\u22120.123"
    assert number(-0.0001) == "0.000"
    assert mean_sd(0.5, float("nan")) == "0.500"
    assert mean_sd(27.694, 0.283, 2) == "27.69 ±\u00a00.28"
