import inspect
import sys

import pytest

from robustseg.data.download.synapse import SynapseAccount

from .downloaded import refusal, refused

SECRET = "tell-nobody"


@pytest.fixture
def synapse(synapse_of):
    return synapse_of({"syn1": ("BraTS.zip", b"archive"), "syn2.3": ("a_t1.nii.gz", b"image")})


def refused_without_the_token(call, *arguments):
    """Return the one line of a failure, which does not tell the token in any of its causes."""
    error = refusal(call, *arguments)
    assert SECRET not in str(error)
    assert error.__cause__ is None or SECRET not in repr(error.__cause__)
    assert error.__suppress_context__
    return str(error)


def test_a_file_lands_in_the_folder(synapse, tmp_path):
    account = SynapseAccount()
    for entity, name in (("syn1", "BraTS.zip"), ("syn2.3", "a_t1.nii.gz")):
        folder = tmp_path / entity
        folder.mkdir()
        assert account.fetch(entity, folder) == folder / name
        assert (folder / name).is_file()


def test_an_entity_without_access_is_said_without_the_token(synapse, tmp_path):
    line = refused_without_the_token(SynapseAccount().fetch, "syn9.2", tmp_path)
    assert line.startswith("syn9.2: ")
    assert "403" in line
    assert "Synapse:syn9" in line


def test_a_token_that_is_not_accepted_is_not_told(synapse, monkeypatch):
    monkeypatch.setenv("FAKE_SYNAPSE_TOKEN", "another")
    line = refused_without_the_token(SynapseAccount)
    assert line.startswith("SYNAPSE_AUTH_TOKEN: ")
    assert "Bearer ***" in line


@pytest.mark.parametrize("token", [f"{SECRET} x", f"{SECRET}\nx", f"{SECRET}ü", "", " \n", None])
def test_what_is_no_token_is_not_sent(synapse, monkeypatch, token):
    """HTTP libraries quote a header with a line break in their error."""
    if token is None:
        monkeypatch.delenv("SYNAPSE_AUTH_TOKEN")
    else:
        monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", token)
    line = refused(SynapseAccount)
    said = "is no token" if (token or "").strip() else "is not set"
    assert line.startswith(f"SYNAPSE_AUTH_TOKEN: {said}; ")
    assert SECRET not in line
    assert not (synapse / "held" / "commands").exists()


def test_a_missing_client_is_said(monkeypatch):
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", SECRET)
    monkeypatch.setitem(sys.modules, "synapseclient", None)  # importing it fails
    assert "pip install synapseclient" in refused(SynapseAccount)


def test_the_real_client_takes_the_same_arguments():
    synapseclient = pytest.importorskip("synapseclient", reason="synapseclient is not installed")
    from synapseclient.models import File

    inspect.signature(synapseclient.Synapse).bind(skip_checks=True)
    inspect.signature(synapseclient.Synapse.login).bind(None, authToken="x", silent=True)
    inspect.signature(File).bind(id="syn1", path="x", if_collision="overwrite.local")
    inspect.signature(File.get).bind(None, synapse_client=None)
