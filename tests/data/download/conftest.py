"""A Synapse that these tests may fill."""

import pytest

from .synapse import fake_synapse, forget_synapse


@pytest.fixture
def synapse_of(tmp_path, monkeypatch):
    """Return what puts a client in place that gives entities, and returns its folder."""

    def install(entities):
        environment = fake_synapse(tmp_path / "synapse", entities)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.syspath_prepend(environment["PYTHONPATH"])
        forget_synapse()
        return tmp_path / "synapse"

    yield install
    forget_synapse()
