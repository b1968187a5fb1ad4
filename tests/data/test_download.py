"""A data folder is there whole or not at all."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest

from robustseg.data import download as module
from robustseg.data import sources
from robustseg.data.archives import Limits
from robustseg.data.download import RECORD, download
from robustseg.errors import InputError

from ..loopback import CASES, Answer, Loopback, msd_files, sha256, tar_of
from ..synapse import fake_synapse, forget_synapse

LIMITS = {"gigabytes": 0.1, "files": 100}
TERMS = {"licence": "CC0", "citation": "Nobody 2020"}
ARCHIVE = tar_of(msd_files(image=bytes(200_000)))


@pytest.fixture
def server():
    with Loopback() as running:
        yield running


def data(folder, **settings):
    return {"folder": str(folder), "download": {"limits": LIMITS, **settings}}


def urls(*entries):
    files = [{"url": url, "sha256": sha256(content)} for url, content in entries]
    return {"source": "urls", "files": files, **TERMS}


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


MSD_NAMES = sorted(
    [
        RECORD,
        "dataset.json",
        *(f"{place}/{case}.nii.gz" for place in ("imagesTr", "labelsTr") for case in CASES),
    ]
)


def refused(call):
    with pytest.raises(InputError) as caught:
        call()
    line = str(caught.value)
    assert "\n" not in line
    assert "; " in line
    return line


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


def test_ctrl_c_leaves_no_folder(server, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    with monkeypatch.context() as patch:
        patch.setattr(module, "_root", interrupted)
        with pytest.raises(KeyboardInterrupt):
            download(data(tmp_path / "x", **settings), say=print)
    assert not (tmp_path / "x").exists()
    download(data(tmp_path / "x", **settings), say=print)
    assert names(tmp_path / "x") == MSD_NAMES


# Stops for ever before the named call, so that the test can kill it there.
STOPPED = """
import json, sys, time
from pathlib import Path
import {module} as module
from robustseg.data.download import download

real, left = {owner}.{name}, {after}

def stop(*arguments, **options):
    global left
    if left == 0:
        Path(sys.argv[2]).touch()
        time.sleep(600)
    left -= 1
    return real(*arguments, **options)

{owner}.{name} = stop
download(json.loads(sys.argv[1]), say=print)
"""


@pytest.mark.parametrize(
    ("place", "owner", "name", "after"),
    [
        ("robustseg.data.archives", "module", "_write", 0),
        ("robustseg.data.archives", "module", "_write", 4),
        ("robustseg.data.download", "module", "_root", 0),
        ("robustseg.data.download", "module.os", "replace", 1),
        ("robustseg.data.download", "module.shutil", "rmtree", 1),
    ],
)
def test_a_killed_unpacking_is_never_taken_for_whole(server, tmp_path, place, owner, name, after):
    settings = data(tmp_path / "x", **urls((server.serve("/a.tar", ARCHIVE), ARCHIVE)))
    script = STOPPED.format(module=place, owner=owner, name=name, after=after)
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])}
    reached = tmp_path / "reached"
    process = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps(settings), reached], env=environment
    )
    while not reached.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    whole = (tmp_path / "x").exists()
    assert whole == (name == "rmtree")  # only tidying up was left
    if whole:
        assert names(tmp_path / "x") == MSD_NAMES
    assert sources.is_there(tmp_path / "x") == whole
    download(settings, say=print)
    assert names(tmp_path / "x") == MSD_NAMES
    assert len(server.asked) == 1  # the archive was whole, and is not sent again
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reached", "x"]


def test_a_killed_download_is_resumed(server, tmp_path):
    settings = data(tmp_path / "x", **urls((server.serve("/a.tar", ARCHIVE), ARCHIVE)))
    server.answers.append(Answer(pause=0.5))
    script = "import json, sys\nfrom robustseg.data.download import download\n"
    script += "download(json.loads(sys.argv[1]), say=print)"
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps(settings)], env=environment
    )
    while not any(path.stat().st_size > 0 for path in tmp_path.rglob("*.part")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / "x").exists()
    download(settings, say=print)
    assert names(tmp_path / "x") == MSD_NAMES
    assert server.asked[0][1] is None
    assert server.asked[1][1].startswith("bytes=")


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
