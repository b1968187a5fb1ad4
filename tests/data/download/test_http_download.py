import hashlib
import shutil
import sys
import types

import pytest

from robustseg.data.download import http
from robustseg.runtime.errors import InputError

from .loopback import Answer, sha256

CONTENT = bytes(range(256)) * 4000  # about a megabyte: several chunks
SUM = f"sha256:{sha256(CONTENT)}"
ATTEMPTS = 3
NAME = "/data/archive.tar"


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
    with pytest.raises(InputError) as caught:
        fetch(server, tmp_path, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert "; " in line
    assert line.startswith(f"{server.url(NAME)}: ")
    assert not (tmp_path / "archive.tar").exists()
    return line


def test_whole(server, tmp_path):
    server.serve(NAME, CONTENT)
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [(NAME, None)]
    assert [path.name for path in tmp_path.iterdir()] == ["archive.tar"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_progress_bar_is_shown_on_a_terminal(server, tmp_path, monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(CONTENT[:512_000])
    fetch(server, tmp_path)
    shown = capsys.readouterr().err
    if terminal:
        assert "archive.tar: " in shown
        assert " 50%" in shown  # it starts where the last call stopped
        assert "100%" in shown
    else:
        assert shown == ""


def test_md5_serves_too(server, tmp_path):
    server.serve(NAME, CONTENT)
    fetch(server, tmp_path, checksum=f"md5:{hashlib.md5(CONTENT).hexdigest()}")


def test_what_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "archive.tar").write_bytes(CONTENT)
    fetch(server, tmp_path)
    assert server.asked == []


@pytest.mark.parametrize("length", [True, False])
def test_a_cut_connection_goes_on_where_it_stopped(server, tmp_path, length):
    cut = 300_000
    server.serve(NAME, CONTENT, Answer(cut=cut), Answer(cut=cut, length=length))
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    ranges = [wanted for _, wanted in server.asked]
    assert ranges == [None, f"bytes={cut}-", f"bytes={2 * cut}-"]


def test_the_next_run_goes_on_where_the_last_one_was_killed(server, tmp_path):
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(CONTENT[:1000])
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [(NAME, "bytes=1000-")]


def test_a_part_that_is_whole_is_not_sent_again(server, tmp_path):
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(CONTENT)
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [(NAME, f"bytes={len(CONTENT)}-")]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, tmp_path):
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(CONTENT + b"more")
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_part_that_is_too_long_for_a_server_without_ranges(server, tmp_path):
    server.serve(NAME, CONTENT, Answer(ranges=False))
    (tmp_path / "archive.tar.part").write_bytes(CONTENT + b"more")
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_a_server_without_ranges_sends_the_whole_file_again(server, tmp_path):
    server.serve(NAME, CONTENT, Answer(cut=300_000), Answer(ranges=False))
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_server_that_sends_another_range_is_asked_for_the_whole(server, tmp_path):
    server.serve(NAME, CONTENT, Answer(cut=300_000), Answer(shift=7))
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == (NAME, None)


def test_a_server_that_always_closes_early_is_given_up(server, tmp_path):
    server.serve(NAME, CONTENT, Answer(cut=1000), *[Answer(cut=0)] * 10)
    assert "closes early" in refused(server, tmp_path)
    assert len(server.asked) == 1 + ATTEMPTS
    assert (tmp_path / "archive.tar.part").stat().st_size == 1000  # for the next run


def test_a_server_that_starts_again_and_again_is_given_up(server, tmp_path):
    server.serve(NAME, CONTENT, *[Answer(cut=1000, ranges=False)] * 20)
    assert "closes early" in refused(server, tmp_path)
    assert len(server.asked) == 1 + ATTEMPTS


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server, tmp_path, status):
    server.serve(NAME, CONTENT, Answer(status=status), Answer(status=status))
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert len(server.asked) == 3


def test_a_server_that_stays_busy_is_given_up(server, tmp_path):
    server.serve(NAME, CONTENT, *[Answer(status=503)] * 10)
    assert "HTTP 503" in refused(server, tmp_path)
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_a_refusal_is_said_at_once(server, tmp_path, status):
    server.serve(NAME, CONTENT, Answer(status=status))
    assert f"HTTP {status}" in refused(server, tmp_path)
    assert len(server.asked) == 1


def test_a_redirect_is_followed(server, tmp_path):
    server.serve("/elsewhere", CONTENT)
    server.answers.append(Answer(location="/elsewhere"))
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == [NAME, "/elsewhere"]


def test_redirects_in_a_circle_end(server, tmp_path):
    server.answers.extend([Answer(location=NAME)] * 40)
    assert "redirects" in refused(server, tmp_path)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_to_something_else_than_http_is_refused(server, tmp_path, location):
    server.answers.append(Answer(location=location))
    assert "No connection adapters" in refused(server, tmp_path)


def test_a_slow_server_is_waited_for(server, tmp_path, patience):
    patience(ATTEMPTS=1)
    server.serve(NAME, CONTENT, Answer(pause=0.02))
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_silent_server_is_given_up(server, tmp_path, patience):
    patience(ATTEMPTS=2, TIMEOUT=0.1)
    server.serve(NAME, CONTENT, *[Answer(silent=2)] * 3)
    assert "timed out" in refused(server, tmp_path)


def test_no_server(server, tmp_path):
    server.server_close()
    assert "refused" in refused(server, tmp_path)


def test_a_wrong_checksum_is_said_and_leaves_nothing(server, tmp_path):
    server.serve(NAME, CONTENT[:-1] + b"!")
    assert "checksum" in refused(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_file_that_changed_meanwhile_is_not_kept(server, tmp_path):
    server.serve(NAME, CONTENT)
    (tmp_path / "archive.tar.part").write_bytes(b"an older version")
    assert "checksum" in refused(server, tmp_path)
    assert fetch(server, tmp_path).read_bytes() == CONTENT  # the next run starts afresh


@pytest.mark.parametrize("length", [True, False])
def test_more_than_the_limit_is_refused(server, tmp_path, length):
    server.serve(NAME, CONTENT, Answer(length=length))
    assert "more than 999" in refused(server, tmp_path, most=999)


def test_a_full_disk_is_said_before_the_download(server, tmp_path, monkeypatch):
    server.serve(NAME, CONTENT)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=10))
    assert "make room" in refused(server, tmp_path)


def test_a_label_of_compression_does_not_unpack_the_archive(server, tmp_path):
    """Some servers label .tar.gz as encoded; the checksum is of the file as it was sent."""
    server.serve(NAME, CONTENT, Answer(headers={"Content-Encoding": "gzip"}))
    assert fetch(server, tmp_path).read_bytes() == CONTENT
