"""A data folder comes from every kind of source, and is never changed once it is there."""

import hashlib
import json

import filelock

from robustseg.data.download import sources
from robustseg.data.download.archives import Limits
from robustseg.data.download.download import RECORD, download

from .downloaded import ARCHIVE, MSD_NAMES, TERMS, data, names, refused, urls
from .loopback import msd_files, sha256, tar_of
from .synapse import fake_synapse, forget_synapse


def test_the_decathlon(server, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MSD_URL", server.serve("/Task01_BrainTumour.tar", ARCHIVE))
    monkeypatch.setattr(sources, "MSD_MD5", hashlib.md5(ARCHIVE).hexdigest())
    folder, said = tmp_path / "data" / "Task01", []

    def say(line):
        said.append((line, len(server.asked)))

    download(data(folder, source="msd"), say=say)
    assert names(folder) == MSD_NAMES  # the archive's own top folder became the data folder
    assert names(tmp_path) == [f"data/Task01/{name}" for name in MSD_NAMES]  # nothing is left over
    notice, requests_before = said[0]
    assert "CC-BY-SA 4.0" in notice
    assert "Antonelli" in notice
    assert requests_before == 0
    record = json.loads((folder / RECORD).read_text())
    assert record["licence"].startswith("CC-BY-SA 4.0")
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
    download(data(tmp_path / "x", **settings), say=print)
    assert names(tmp_path / "x") == [
        RECORD, "HGG/a/a_t1.nii.gz", "LGG/b/b_t1.nii.gz", "c_t1.nii.gz", "d/d_t1.nii.gz",
    ]  # fmt: skip


def test_a_local_archive(tmp_path):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tar_of(msd_files(), compress=True))
    settings = {"source": "archive", "path": str(path), **TERMS}
    download(data(tmp_path / "x", **settings), say=print)
    assert names(tmp_path / "x") == MSD_NAMES
    assert path.exists()
    wrong = {**settings, "sha256": "0" * 64}
    assert "has the checksum" in refused(lambda: download(data(tmp_path / "y", **wrong), say=print))
    missing = {**settings, "path": str(tmp_path / "nowhere.tar")}
    assert "no such file" in refused(lambda: download(data(tmp_path / "y", **missing), say=print))
    assert not (tmp_path / "y").exists()


def test_synapse(tmp_path, monkeypatch):
    archive = tar_of({"a/a_t1.nii.gz": b"1"})
    entities = {"syn1": ("BraTS.tar", archive), "syn2": ("BraTS.tar", tar_of({"b.nii": b"2"}))}
    environment = fake_synapse(tmp_path / "synapse", entities)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(environment["PYTHONPATH"])
    forget_synapse()
    settings = {"source": "synapse", "year": 2021, "entities": ["syn1", "syn2"]}
    said = []
    download(data(tmp_path / "x", **settings), say=said.append)
    forget_synapse()
    assert names(tmp_path / "x") == [RECORD, "a/a_t1.nii.gz", "b.nii"]
    assert "Baid" in said[0]
    record = (tmp_path / "x" / RECORD).read_text()
    assert sha256(archive) in record
    assert "tell-nobody" not in record + "".join(said)


def test_a_second_call_downloads_nothing(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    download(data(tmp_path / "x", **settings), say=print)
    before, said = len(server.asked), []
    download(data(tmp_path / "x", **settings), say=said.append)
    assert len(server.asked) == before
    assert "nothing to do" in said[-1]


def test_a_folder_with_other_files_is_left_alone(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.nii.gz").touch()
    assert "no download put there" in refused(
        lambda: download(data(tmp_path / "x", **settings), say=print)
    )
    assert names(tmp_path) == ["x/mine.nii.gz"]
    assert server.asked == []


def test_a_folder_of_another_source_is_left_alone(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    download(data(tmp_path / "x", **settings), say=print)
    other = {**settings, "licence": "another"}
    assert "other settings" in refused(lambda: download(data(tmp_path / "x", **other), say=print))
    wider = {**settings, "limits": {"gigabytes": 1, "files": 1000}}
    download(data(tmp_path / "x", **wider), say=print)  # limits change nothing in the folder


def test_an_empty_folder_and_a_link_to_one_are_filled(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    (tmp_path / "disk" / "x").mkdir(parents=True)
    (tmp_path / "x").symlink_to(tmp_path / "disk" / "x")
    download(data(tmp_path / "x", **settings), say=print)
    assert names(tmp_path / "disk") == [f"x/{name}" for name in MSD_NAMES]
    assert (tmp_path / "x").is_symlink()


def test_an_archive_that_is_refused_leaves_no_folder_and_is_not_sent_again(server, tmp_path):
    bad = tar_of({"a.nii.gz": b"1", "../b.nii.gz": b"2"})
    settings = urls((server.serve("/a.tar", bad), bad))
    for _ in range(2):
        assert "do not trust" in refused(
            lambda: download(data(tmp_path / "x", **settings), say=print)
        )
    assert not (tmp_path / "x").exists()
    assert len(server.asked) == 1
    assert not list(tmp_path.rglob("b.nii.gz"))


def test_no_source(tmp_path):
    assert "data.download.source" in refused(
        lambda: download(data(tmp_path / "x", source=None), say=print)
    )


def test_two_downloads_at_once(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    (tmp_path / ".x.download").mkdir()
    with filelock.FileLock(tmp_path / ".x.download" / "lock"):
        assert "another download" in refused(
            lambda: download(data(tmp_path / "x", **settings), say=print)
        )


def test_a_place_that_cannot_be_written_is_said(server, tmp_path):
    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(
        lambda: download(data(tmp_path / "file" / "x", **settings), say=print)
    )
    assert "cannot be written" in refused(
        lambda: download(data(tmp_path / "file", **settings), say=print)
    )


def test_limits_are_in_gigabytes(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(tar_of({"a.nii.gz": bytes(1001)}))
    settings = {"source": "archive", "path": str(path), **TERMS}
    settings["limits"] = {"gigabytes": 1e-6, "files": 10}
    assert "limits.gigabytes" in refused(
        lambda: download(data(tmp_path / "x", **settings), say=print)
    )
    path.write_bytes(tar_of({"a.nii.gz": bytes(1000)}))
    download(data(tmp_path / "x", **settings), say=print)
    assert Limits(bytes=1000, files=10).bytes == int(settings["limits"]["gigabytes"] * 10**9)
