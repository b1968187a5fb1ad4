"""A data folder comes from every kind of source, and is never changed once it is there."""

import hashlib
import json

import filelock
import pytest

from robustseg.data.download import sources
from robustseg.data.download.download import RECORD

from .downloaded import ARCHIVE, MSD_NAMES, TERMS, fetch, names, refused, served, urls
from .loopback import msd_files, sha256, tar_of


def local(path, **settings):
    return {"source": "archive", "path": str(path), **TERMS, **settings}


def test_the_decathlon(server, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MSD_URL", server.serve("/Task01_BrainTumour.tar", ARCHIVE))
    monkeypatch.setattr(sources, "MSD_MD5", hashlib.md5(ARCHIVE).hexdigest())
    folder, said = tmp_path / "data" / "Task01", []
    fetch(folder, source="msd", say=lambda line: said.append((line, len(server.asked))))
    assert names(folder) == MSD_NAMES  # the archive's own top folder became the data folder
    assert names(tmp_path) == [f"data/Task01/{name}" for name in MSD_NAMES]  # nothing is left over
    notice, requests_before = said[0]
    assert "CC-BY-SA 4.0" in notice
    assert "Antonelli" in notice
    assert requests_before == 0
    record = json.loads((folder / RECORD).read_text())
    assert record["license"].startswith("CC-BY-SA 4.0")
    assert record["files"][0]["checksum"] == f"md5:{hashlib.md5(ARCHIVE).hexdigest()}"


def test_a_list_of_archives_and_images(server, tmp_path):
    first = tar_of({"HGG/a/a_t1.nii.gz": b"1"})
    second = tar_of({"LGG/b/b_t1.nii.gz": b"2"}, compress=True)
    settings = urls(
        (server.serve("/1/part.tar", first), first),
        (server.serve("/2/part.tar.gz", second), second),
        (server.serve("/c_t1.nii.gz", b"3"), b"3"),
        (server.serve("/t1.nii.gz", b"4"), b"4"),
    )
    settings["files"][3]["path"] = "d/d_t1.nii.gz"
    fetch(tmp_path / "x", **settings)
    assert names(tmp_path / "x") == [
        RECORD, "HGG/a/a_t1.nii.gz", "LGG/b/b_t1.nii.gz", "c_t1.nii.gz", "d/d_t1.nii.gz",
    ]  # fmt: skip


def test_an_image_that_is_in_an_archive_too(server, tmp_path):
    archive = tar_of({"a.nii.gz": b"1"})
    settings = urls(
        (server.serve("/a.tar", archive), archive), (server.serve("/a.nii.gz", b"2"), b"2")
    )
    assert "in an archive" in refused(fetch, tmp_path / "x", **settings)


def test_a_local_archive(tmp_path):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tar_of(msd_files(), compress=True))
    fetch(tmp_path / "x", **local(path))
    assert names(tmp_path / "x") == MSD_NAMES
    assert path.exists()
    assert "has the checksum" in refused(fetch, tmp_path / "y", **local(path, sha256="0" * 64))
    assert "no such file" in refused(fetch, tmp_path / "y", **local(tmp_path / "nowhere.tar"))
    assert not (tmp_path / "y").exists()


def test_synapse(tmp_path, synapse_of):
    archive = tar_of({"a/a_t1.nii.gz": b"1"})
    synapse_of({"syn1": ("BraTS.tar", archive), "syn2": ("BraTS.tar", tar_of({"b.nii": b"2"}))})
    said = []
    settings = {"source": "synapse", "year": 2021, "entities": ["syn1", "syn2"]}
    fetch(tmp_path / "x", say=said.append, **settings)
    assert names(tmp_path / "x") == [RECORD, "a/a_t1.nii.gz", "b.nii"]
    assert "Baid" in said[0]
    record = (tmp_path / "x" / RECORD).read_text()
    assert sha256(archive) in record
    assert "tell-nobody" not in record + "".join(said)


def test_a_second_call_downloads_nothing(server, tmp_path):
    settings, said = served(server), []
    fetch(tmp_path / "x", **settings)
    before = len(server.asked)
    wider = {"limits": {"gigabytes": 1, "files": 1000}}  # limits change nothing in the folder
    fetch(tmp_path / "x", say=said.append, **settings, **wider)
    assert len(server.asked) == before
    assert "nothing to do" in said[-1]


def test_a_folder_with_other_files_is_left_alone(server, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.nii.gz").touch()
    assert "no download put there" in refused(fetch, tmp_path / "x", **served(server))
    assert names(tmp_path) == ["x/mine.nii.gz"]
    assert server.asked == []


def test_a_folder_of_another_source_is_left_alone(server, tmp_path):
    settings = served(server)
    fetch(tmp_path / "x", **settings)
    other = {**settings, "license": "another"}
    assert "other settings" in refused(fetch, tmp_path / "x", **other)
    assert names(tmp_path / "x") == MSD_NAMES


def test_an_empty_folder_and_a_link_to_one_are_filled(server, tmp_path):
    (tmp_path / "disk" / "x").mkdir(parents=True)
    (tmp_path / "x").symlink_to(tmp_path / "disk" / "x")
    fetch(tmp_path / "x", **served(server))
    assert names(tmp_path / "disk") == [f"x/{name}" for name in MSD_NAMES]
    assert (tmp_path / "x").is_symlink()


def test_an_archive_that_is_refused_leaves_no_folder_and_is_not_sent_again(server, tmp_path):
    settings = served(server, tar_of({"a.nii.gz": b"1", "../b.nii.gz": b"2"}))
    for _ in range(2):
        assert "do not trust" in refused(fetch, tmp_path / "x", **settings)
    assert not (tmp_path / "x").exists()
    assert len(server.asked) == 1
    assert not list(tmp_path.rglob("b.nii.gz"))


def test_no_source(tmp_path):
    assert "data.download.source" in refused(fetch, tmp_path / "x", source=None)


def test_two_downloads_at_once(server, tmp_path):
    (tmp_path / ".x.download").mkdir()
    with filelock.FileLock(tmp_path / ".x.download" / "lock"):
        assert "another download" in refused(fetch, tmp_path / "x", **served(server))


@pytest.mark.parametrize("place", ["file/x", "file"])
def test_a_place_that_cannot_be_written_is_said(server, tmp_path, place):
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(fetch, tmp_path / place, **served(server))


def test_limits_are_in_gigabytes(tmp_path):
    path, limits = tmp_path / "a.tar", {"gigabytes": 1e-6, "files": 10}
    path.write_bytes(tar_of({"a.nii.gz": bytes(1001)}))
    assert "limits.gigabytes" in refused(fetch, tmp_path / "x", **local(path), limits=limits)
    path.write_bytes(tar_of({"a.nii.gz": bytes(1000)}))
    fetch(tmp_path / "x", **local(path), limits=limits)
