import hashlib
import shutil
import sys
import types

import pytest

from robustseg.data.download import http

from . import downloaded
from .loopback import Answer, sha256

CONTENT = bytes(range(256)) * 4000  # about a megabyte: several chunks
SIZE = len(CONTENT)
SUM = f"sha256:{sha256(CONTENT)}"
NAME = "/data/archive.tar"
ATTEMPTS = 3
CUT = 300_000


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Wait for nothing, and return what changes the patience further."""

    def change(**constants):
        for name, value in constants.items():
            monkeypatch.setattr(http, name, value)

    change(ATTEMPTS=ATTEMPTS, BACKOFF=0, TIMEOUT=5)
    return change


def fetch(server, tmp_path, *, checksum=SUM, most=10**9):
    path = tmp_path / "archive.tar"
    return http.fetch_url(server.url(NAME), path, checksum=checksum, most=most)


def refused(server, tmp_path, **options):
    """Return the one line that a failing download says."""
    line = downloaded.refused(fetch, server, tmp_path, **options)
    assert line.startswith(f"{server.url(NAME)}: ")
    assert not (tmp_path / "archive.tar").exists()
    return line


ARRIVING = {
    "whole": (b"", [], [0]),
    "cut off": (b"", [Answer(cut=CUT), Answer(cut=CUT)], [0, CUT, 2 * CUT]),
    "cut off, no length": (
        b"",
        [Answer(cut=CUT), Answer(cut=CUT, length=False)],
        [0, CUT, 2 * CUT],
    ),
    "killed": (CONTENT[:1000], [], [1000]),
    "killed when whole": (CONTENT, [], [SIZE]),
    "part too long": (CONTENT + b"more", [], [SIZE + 4, 0]),
    "part too long, no ranges": (CONTENT + b"more", [Answer(ranges=False)], [SIZE + 4]),
    "no ranges": (b"", [Answer(cut=CUT), Answer(ranges=False)], [0, CUT]),
    "another range": (b"", [Answer(cut=CUT), Answer(shift=7)], [0, CUT, 0]),
    **{f"busy, {code}": (b"", [Answer(status=code)] * 2, [0, 0, 0]) for code in (429, 500, 503)},
    "slow": (b"", [Answer(pause=0.02)], [0]),
    # Some servers label .tar.gz as encoded; the checksum is of the file as it was sent.
    "labeled": (b"", [Answer(headers={"Content-Encoding": "gzip"})], [0]),
}


@pytest.mark.parametrize("case", ARRIVING)
def test_a_file_arrives_whole_and_only_what_is_missing_is_asked_for(server, tmp_path, case):
    part, answers, starts = ARRIVING[case]
    server.serve(NAME, CONTENT, *answers)
    if part:
        (tmp_path / "archive.tar.part").write_bytes(part)
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [(NAME, f"bytes={start}-" if start else None) for start in starts]
    assert [path.name for path in tmp_path.iterdir()] == ["archive.tar"]


REFUSED = {
    "closes early": ([Answer(cut=1000), *[Answer(cut=0)] * 10], "closes early", 1 + ATTEMPTS),
    "starts again": ([Answer(cut=1000, ranges=False)] * 20, "closes early", 1 + ATTEMPTS),
    "stays busy": ([Answer(status=503)] * 10, "HTTP 503", ATTEMPTS),
    "circle": ([Answer(location=NAME)] * 40, "redirects", 31),
    "to a file": ([Answer(location="file:///etc/passwd")], "No connection adapters", 1),
    "to FTP": ([Answer(location="ftp://127.0.0.1/x")], "No connection adapters", 1),
    **{
        str(code): ([Answer(status=code)], f"HTTP {code}; ", 1)
        for code in (401, 403, 404, 410, 418)
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_answer_is_said_and_what_was_received_is_kept(server, tmp_path, case):
    answers, said, asked = REFUSED[case]
    server.serve(NAME, CONTENT, *answers)
    assert said in refused(server, tmp_path)
    assert len(server.asked) == asked
    assert (tmp_path / "archive.tar.part").stat().st_size == (answers[0].cut or 0)


def test_a_silent_server_is_given_up(server, tmp_path, patience):
    patience(ATTEMPTS=2, TIMEOUT=0.1)
    server.serve(NAME, CONTENT, *[Answer(silent=2)] * 3)
    assert "timed out" in refused(server, tmp_path)
    assert len(server.asked) == 2


def test_no_server(server, tmp_path):
    server.server_close()
    assert "refused" in refused(server, tmp_path)


def test_a_redirect_is_followed_and_its_signature_is_not_logged(server, tmp_path, patience, caplog):
    patience(TIMEOUT=0.5)
    place = "/elsewhere?signature=tell-nobody"
    server.serve(place, CONTENT, Answer(location=place), Answer(silent=1))
    fetch(server, tmp_path)
    assert [path for path, _ in server.asked] == [NAME, place, place]
    assert "tell-nobody" not in caplog.text


@pytest.mark.parametrize("terminal", [True, False])
def test_a_progress_bar_is_shown_on_a_terminal(server, tmp_path, monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(CONTENT[: SIZE // 2])
    fetch(server, tmp_path)
    shown = capsys.readouterr().err
    expected = ["archive.tar: ", " 50%", "100%", "<"]  # from where the last call stopped, with ETA
    assert all(part in shown for part in expected) if terminal else shown == ""


def test_what_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "archive.tar").write_bytes(CONTENT)
    fetch(server, tmp_path)
    fetch(server, tmp_path, checksum=f"md5:{hashlib.md5(CONTENT).hexdigest()}")
    assert server.asked == []


def test_what_is_there_with_another_checksum_is_replaced(server, tmp_path):
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar").write_bytes(b"another file")
    assert fetch(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("part", "sent"), [(b"", CONTENT[:-1] + b"!"), (b"an older version", CONTENT)]
)
def test_a_wrong_checksum_is_said_and_leaves_nothing(server, tmp_path, part, sent):
    server.serve(NAME, sent)
    (tmp_path / "archive.tar.part").write_bytes(part)
    assert "checksum" in refused(server, tmp_path)
    assert list(tmp_path.iterdir()) == []
    server.serve(NAME, CONTENT)
    assert fetch(server, tmp_path).read_bytes() == CONTENT  # the next run starts afresh


@pytest.mark.parametrize("length", [True, False])
def test_more_than_the_limit_is_refused(server, tmp_path, length):
    server.serve(NAME, CONTENT, Answer(length=length))
    assert "more than 999" in refused(server, tmp_path, most=999)


def test_a_full_disk_is_said_before_the_download(server, tmp_path, monkeypatch):
    server.serve(NAME, CONTENT)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=10))
    assert "make room" in refused(server, tmp_path)
    assert (tmp_path / "archive.tar.part").stat().st_size == 0
