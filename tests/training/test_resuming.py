"""A training that was killed or stopped ends in the bits of an undisturbed one."""

import logging
from dataclasses import replace

import pytest
import torch

from robustseg.models.device import supports_bfloat16
from robustseg.runtime.errors import InputError, Interrupted

from .trainings import (
    CPU,
    DEFENSES,
    SETTINGS,
    Killed,
    kill_after,
    losses,
    run,
    same_bits,
)

UPDATES_AN_EPOCH = 2
"""Three cases, two at a time."""


@pytest.mark.parametrize("defense", DEFENSES.values(), ids=DEFENSES)
@pytest.mark.parametrize("bfloat16", [False, True])
def test_killed_training_ends_in_the_bits_of_an_undisturbed_one(tmp_path, defense, bfloat16):
    if bfloat16 and not supports_bfloat16(CPU):
        pytest.skip("this CPU does not compute in bfloat16")
    settings = {"defense": defense, "settings": replace(SETTINGS, bfloat16=bfloat16)}
    model, history = run(tmp_path / "undisturbed.pt", **settings)

    path = tmp_path / "killed.pt"
    # Twice: first before epoch 4 is saved, then in the very epoch after the second start.
    for epoch in (4, 3):
        with pytest.raises(Killed):
            run(path, **settings, on_epoch=kill_after(epoch))
        assert path.exists()
    torch.manual_seed(999)
    epochs, updates = [], []
    again, history_again = run(
        path,
        **settings,
        on_epoch=lambda row: epochs.append(row.epoch),
        interruption=lambda: updates.append("none"),
    )
    assert epochs == [1, 2, 3, 4, 5], "the course is told from its beginning"
    assert len(updates) == 3 * UPDATES_AN_EPOCH, "the first two epochs come from the checkpoint"
    assert same_bits(again, model)
    assert losses(history_again) == losses(history)


def stop_at(update):
    """Ask the training to stop after a number of updates, as a signal does."""
    updates = iter(range(1, update + 1))
    return lambda: "SIGTERM" if next(updates, update) == update else None


@pytest.mark.parametrize("defense", DEFENSES.values(), ids=DEFENSES)
@pytest.mark.parametrize("checkpoint_every", [1, 2, 100])
def test_stopped_training_ends_in_the_bits_of_an_undisturbed_one(
    tmp_path, defense, checkpoint_every
):
    settings = {
        "defense": defense,
        "settings": replace(SETTINGS, checkpoint_every=checkpoint_every),
    }
    model, history = run(tmp_path / "undisturbed.pt", **settings)
    path = tmp_path / "stopped.pt"
    # The 7th batch is the first of epoch 4.
    with pytest.raises(Interrupted, match=r"stopped by SIGTERM in epoch 4 of 5; .* epoch 3"):
        run(path, **settings, interruption=stop_at(7))
    # Epoch 4 goes on from the checkpoint; a stop before its end loses nothing.
    with pytest.raises(Interrupted, match=r"in epoch 4 of 5; .* epoch 3"):
        run(path, **settings, interruption=stop_at(1))
    updates = []
    again, history_again = run(path, **settings, interruption=lambda: updates.append("none"))
    assert len(updates) == 2 * UPDATES_AN_EPOCH
    assert same_bits(again, model)
    assert losses(history_again) == losses(history)


def test_a_complete_training_is_not_repeated(tmp_path):
    model, history = run(tmp_path / "a.pt")
    again, history_again = run(tmp_path / "a.pt", interruption=lambda: pytest.fail("an update"))
    assert same_bits(again, model)
    assert history_again == history


def test_training_stopped_in_its_first_epoch_keeps_nothing(tmp_path):
    with pytest.raises(Interrupted, match="resumes after epoch 0"):
        run(tmp_path / "a.pt", interruption=stop_at(1))
    assert not list(tmp_path.iterdir())


def interrupted(path, **changes):
    with pytest.raises(Killed):
        run(path, on_epoch=kill_after(3), **changes)
    return path.read_bytes()


def test_checkpoint_of_another_training_is_set_aside(tmp_path, caplog):
    path = tmp_path / "model.pt"
    content = interrupted(path, identity="other")
    with caplog.at_level(logging.WARNING):
        model, history = run(path, identity="this")
    assert same_bits(model, run(tmp_path / "fresh.pt")[0])
    assert len(history) == 5
    assert (tmp_path / "model.unusable").read_bytes() == content
    assert "other settings" in caplog.text


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_damaged_checkpoint_is_set_aside(tmp_path, caplog, share):
    path = tmp_path / "model.pt"
    content = interrupted(path)
    content = content[: int(len(content) * share)]
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        model, _ = run(path)
    assert same_bits(model, run(tmp_path / "fresh.pt")[0])
    assert (tmp_path / "model.unusable").read_bytes() == content
    assert "damaged" in caplog.text


def test_weights_that_are_not_finite_are_not_kept(tmp_path):
    path = tmp_path / "model.pt"
    # One update, so that no loss tells of it.
    settings = replace(SETTINGS, epochs=1, batch_size=3, learning_rate=float("inf"))
    with pytest.raises(InputError, match="epoch 1 made weights that are not finite"):
        run(path, settings=settings)
    assert not path.exists()
