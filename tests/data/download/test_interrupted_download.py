"""A data folder is there whole or not at all, wherever a download is killed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robustseg.data.download import download as module
from robustseg.data.download import sources
from robustseg.data.download.download import download

from .downloaded import ARCHIVE, MSD_NAMES, data, names, urls
from .loopback import Answer


def test_ctrl_c_leaves_no_folder(server, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    settings = urls((server.serve("/a.tar", ARCHIVE), ARCHIVE))
    with monkeypatch.context() as patch:
        patch.setattr(module.json, "dumps", interrupted)
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
from robustseg.data.download.download import download

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
        ("robustseg.data.download.http", "module.hashlib", "file_digest", 0),
        ("robustseg.data.download.archives", "module", "is_wanted", 0),
        ("robustseg.data.download.archives", "module", "is_wanted", 12),
        ("robustseg.data.download.download", "module.json", "dumps", 0),
        ("robustseg.data.download.download", "module.os", "replace", 0),
        ("robustseg.data.download.download", "module.os", "replace", 1),
        ("robustseg.data.download.download", "module.shutil", "rmtree", 1),
    ],
)
def test_a_killed_unpacking_is_never_taken_for_whole(server, tmp_path, place, owner, name, after):
    settings = data(tmp_path / "x", **urls((server.serve("/a.tar", ARCHIVE), ARCHIVE)))
    script = STOPPED.format(module=place, owner=owner, name=name, after=after)
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[3])}
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
    # The archive was whole, and is not sent again.
    assert [wanted for _, wanted in server.asked[1:]] in ([], [f"bytes={len(ARCHIVE)}-"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reached", "x"]


def test_a_killed_download_is_resumed(server, tmp_path):
    settings = data(tmp_path / "x", **urls((server.serve("/a.tar", ARCHIVE), ARCHIVE)))
    server.answers.append(Answer(pause=0.5))
    script = "import json, sys\nfrom robustseg.data.download.download import download\n"
    script += "download(json.loads(sys.argv[1]), say=print)"
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[3])}
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
