"""Models broken on purpose are flagged with the right reason, sound ones are not flagged."""

import pytest

from robustseg.diagnostics.examination import examine
from robustseg.diagnostics.verdict import flags

from .conftest import BROKEN, SOUND, subject, trained


def verdict(model):
    measured = examine(subject(model), iterations=40, queries=40)
    return measured, flags(measured)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_flagged_with_the_right_reason(plain, name):
    break_it, reason = BROKEN[name]
    measured, found = verdict(break_it(plain))
    assert reason in [flag["name"] for flag in found], (found, measured)
    assert all(flag["evidence"] and flag["meaning"] for flag in found)


def test_the_plain_network_is_not_flagged(plain):
    measured, found = verdict(plain)
    assert found == [], measured


@pytest.mark.parametrize("defense", SOUND)
def test_a_robustly_trained_network_is_not_flagged(defense, tmp_path):
    measured, found = verdict(trained(tmp_path, defense, **SOUND[defense]))
    assert found == [], measured
