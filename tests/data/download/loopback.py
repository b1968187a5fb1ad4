"""A server on loopback that behaves as it is told, and an archive in the structure of MSD."""

import gzip
import hashlib
import io
import tarfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CASES = ("BRATS_001", "BRATS_002", "BRATS_003")


@dataclass
class Answer:
    """How to answer one request for a file.

    Attributes:
        status: instead of the file.
        cut: close the connection after so many bytes of the body.
        ranges: honor the Range header.
        shift: start a range so many bytes later than asked.
        location: redirect there.
        length: say how long the body is.
        pause: seconds to sleep after each of ten pieces of the body.
        silent: say nothing for so many seconds, then close.
    """

    status: int = 200
    cut: int | None = None
    ranges: bool = True
    shift: int = 0
    location: str | None = None
    length: bool = True
    pause: float = 0.0
    silent: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class Loopback(ThreadingHTTPServer):
    """Serves `files` by path; takes an answer off `answers` for each request, then plain ones."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.answers: deque[Answer] = deque()
        self.asked: list[tuple[str, str | None]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def serve(self, path: str, content: bytes, *answers: Answer) -> str:
        self.files[path] = content
        self.answers.extend(answers)
        return self.url(path)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client may hang up."""

    def __enter__(self) -> "Loopback":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        answer = self.server.answers.popleft() if self.server.answers else Answer()
        content = self.server.files.get(self.path)
        if answer.silent:
            time.sleep(answer.silent)
        elif answer.location:
            self._head(302, {"Location": answer.location, "Content-Length": "0"})
        elif answer.status != 200 or content is None:
            status = 404 if answer.status == 200 else answer.status
            self._head(status, {"Content-Length": "0"} | answer.headers)
        else:
            self._send(answer, content, wanted)
        self.close_connection = True

    def _send(self, answer: Answer, content: bytes, wanted: str | None) -> None:
        start, headers = 0, dict(answer.headers)
        if wanted and answer.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) + answer.shift
            if start >= len(content):
                self._head(416, {"Content-Range": f"bytes */{len(content)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        if answer.length:
            headers["Content-Length"] = str(len(body))
        self._head(206 if start else 200, headers)
        if answer.cut is not None:
            body = body[: answer.cut]
        piece = len(body) // 10 + 1
        for at in range(0, len(body), piece):
            self.wfile.write(body[at : at + piece])
            time.sleep(answer.pause)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def msd_files(image: bytes = b"image", labels: bytes = b"labels") -> dict[str, bytes]:
    """Return the files of a small Task01_BrainTumour, with what a study does not need."""
    top = "Task01_BrainTumour"
    files = {f"{top}/dataset.json": b"{}", f"{top}/._dataset.json": b"\0\5\26\7"}
    for case in CASES:
        for folder, content in (("imagesTr", image), ("labelsTr", labels)):
            files[f"{top}/{folder}/{case}.nii.gz"] = content
            files[f"{top}/{folder}/._{case}.nii.gz"] = b"\0\5\26\7"
    files[f"{top}/imagesTs/BRATS_485.nii.gz"] = image
    return files


def tar_of(files: dict[str, bytes], *, compress: bool = False) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue()) if compress else buffer.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
