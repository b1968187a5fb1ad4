import os
import pickle

import pytest
import torch

from robustseg.training.checkpoint import Checkpoint

STATE = {"model": {"weight": torch.arange(6.0)}, "history": [{"epoch": 1, "loss": 0.1}]}


class Malicious:
    """Unpickled without care it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_round_trip(tmp_path):
    checkpoint = Checkpoint(tmp_path / "deep" / "model-0.05.pt", identity="this")
    assert checkpoint.load() is None
    checkpoint.save(STATE)
    state = Checkpoint(checkpoint.path, identity="this").load()
    assert torch.equal(state["model"]["weight"], STATE["model"]["weight"])
    assert state["history"] == STATE["history"]


def test_failed_save_keeps_the_last_one(tmp_path):
    checkpoint = Checkpoint(tmp_path / "model.pt", identity="this")
    checkpoint.save(STATE)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        checkpoint.save({"model": lambda: None})
    assert checkpoint.load()["history"] == STATE["history"]
    assert os.listdir(tmp_path) == ["model.pt"]


def save_pickle(value, path):
    path.write_bytes(pickle.dumps(value, protocol=2))


@pytest.mark.parametrize(
    ("save", "careless"),
    [
        (torch.save, lambda path: torch.load(path, weights_only=False)),
        (save_pickle, lambda path: pickle.loads(path.read_bytes())),
    ],
)
def test_malicious_pickle_does_not_run(tmp_path, save, careless):
    path, target = tmp_path / "model.pt", tmp_path / "pwned"
    save({"identity": "this", "model": Malicious(target)}, path)
    content = path.read_bytes()
    assert Checkpoint(path, identity="this").load() is None
    assert not target.exists()
    assert (tmp_path / "model.unusable").read_bytes() == content
    assert not path.exists()
    # The file does what it says where nobody takes care.
    careless(tmp_path / "model.unusable")
    assert target.exists()


@pytest.mark.parametrize(
    "content", [{"model": 1}, [1, 2], {"weight": torch.zeros(3)}, {"identity": None}, 5], ids=repr
)
def test_other_content_is_set_aside(tmp_path, content):
    path = tmp_path / "model.pt"
    torch.save(content, path)
    assert Checkpoint(path, identity="this").load() is None
    assert (tmp_path / "model.unusable").exists()
    assert not path.exists()


def test_set_aside_name_keeps_the_whole_model_name(tmp_path):
    for model in ("adversarial-0.01", "adversarial-0.05"):
        checkpoint = Checkpoint(tmp_path / f"{model}.pt", identity="this")
        checkpoint.save(STATE)
        assert Checkpoint(checkpoint.path, identity="other").load() is None
    names = {"adversarial-0.01.unusable", "adversarial-0.05.unusable"}
    assert set(os.listdir(tmp_path)) == names
