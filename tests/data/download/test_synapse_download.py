import inspect
import sys

import pytest

from robustseg.data.download.synapse import SynapseAccount
from robustseg.runtime.errors import InputError

from .synapse import fake_synapse, forget_synapse

SECRET = "tell-nobody"


@pytest.fixture
def synapse(tmp_path, monkeypatch):
    entities = {"syn1": ("BraTS.zip", b"archive"), "syn2.3": ("a_t1.nii.gz", b"image")}
    environment = fake_synapse(tmp_path, entities)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(environment["PYTHONPATH"])
    forget_synapse()
    yield tmp_path
    forget_synapse()


def refused(call):
    """Return the one line that a failure says, and that does not tell the token."""
    with pytest.raises(InputError) as caught:
        call()
    line = str(caught.value)
    assert "\n" not in line
    assert "; " in line
    assert SECRET not in line
    assert caught.value.__cause__ is None or SECRET not in repr(caught.value.__cause__)
    assert caught.value.__suppress_context__
    return line


def test_a_file_lands_in_the_folder(synapse, tmp_path):
    account = SynapseAccount()
    for entity, name in (("syn1", "BraTS.zip"), ("syn2.3", "a_t1.nii.gz")):
        folder = tmp_path / entity
        folder.mkdir()
        assert account.fetch(entity, folder) == folder / name
        assert (folder / name).is_file()


def test_an_entity_without_access_is_said_without_the_token(synapse, tmp_path):
    line = refused(lambda: SynapseAccount().fetch("syn9.2", tmp_path))
    assert line.startswith("syn9.2: ")
    assert "403" in line
    assert "Synapse:syn9" in line


def test_a_token_that_is_not_accepted_is_not_told(synapse, monkeypatch):
    monkeypatch.setenv("FAKE_SYNAPSE_TOKEN", "another")
    line = refused(SynapseAccount)
    assert line.startswith("SYNAPSE_AUTH_TOKEN: ")
    assert "Bearer ***" in line


@pytest.mark.parametrize("token", [f"{SECRET} x", f"{SECRET}\nx", f"{SECRET}ü", "", " \n"])
def test_what_is_no_token_is_not_sent(synapse, monkeypatch, token):
    """HTTP libraries quote a header with a line break in their error."""
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", token)
    with pytest.raises(InputError) as caught:
        SynapseAccount()
    assert str(caught.value).startswith("SYNAPSE_AUTH_TOKEN: is no")
    assert SECRET not in str(caught.value)
    assert not (synapse / "held" / "commands").exists()


def test_no_token_is_said(synapse, monkeypatch):
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN")
    with pytest.raises(InputError, match="SYNAPSE_AUTH_TOKEN: is not set; "):
        SynapseAccount()


def test_a_missing_client_is_said(monkeypatch):
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", SECRET)
    monkeypatch.setitem(sys.modules, "synapseclient", None)  # importing it fails
    with pytest.raises(InputError, match="pip install synapseclient"):
        SynapseAccount()


def test_the_real_client_takes_the_same_arguments():
    synapseclient = pytest.importorskip("synapseclient", reason="synapseclient is not installed")
    from synapseclient.models import File

    inspect.signature(synapseclient.Synapse).bind(skip_checks=True)
    inspect.signature(synapseclient.Synapse.login).bind(None, authToken="x", silent=True)
    inspect.signature(File).bind(id="syn1", path="x", if_collision="overwrite.local")
    inspect.signature(File.get).bind(None, synapse_client=None)
