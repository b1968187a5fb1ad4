"""Holm's and Bonferroni's corrections against a hand-computed family and their properties."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robustseg.statistics.multiplicity import bonferroni, holm

FAMILY = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_hand_computed_family() -> None:
    p = [0.04, 0.01, 0.03, 0.005]
    # Sorted: .005 * 4, .01 * 3, .03 * 2, .04 * 1 -> .02, .03, .06, max(.06, .04).
    np.testing.assert_allclose(holm(p), [0.06, 0.03, 0.06, 0.02])
    np.testing.assert_allclose(bonferroni(p), [0.16, 0.04, 0.12, 0.02])


def test_empty_family() -> None:
    assert holm([]).size == bonferroni([]).size == 0


@given(FAMILY)
def test_holm_lies_between_raw_and_bonferroni(p: list[float]) -> None:
    assert (np.asarray(p) <= holm(p)).all()
    assert (holm(p) <= bonferroni(p) + 1e-15).all()
    assert holm(p).max() <= 1


@given(FAMILY)
def test_holm_keeps_the_order_of_the_family(p: list[float]) -> None:
    order = np.argsort(p, kind="stable")
    assert (np.diff(holm(p)[order]) >= 0).all()


@given(FAMILY, st.randoms())
def test_holm_does_not_depend_on_the_order_of_the_family(p: list[float], random: Random) -> None:
    order = list(range(len(p)))
    random.shuffle(order)
    np.testing.assert_array_equal(holm(np.asarray(p)[order]), holm(p)[order])
