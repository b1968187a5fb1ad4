"""Making archives, and unpacking them where everything outside the room is watched."""

import io
import zipfile
from pathlib import Path

from robustseg.data.download.archives import Limits, unpack

from . import downloaded
from .loopback import tar_of

PLENTY = 10**6, 100


def zip_of(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return buffer.getvalue()


MAKERS = {"tar": tar_of, "tar.gz": lambda files: tar_of(files, compress=True), "zip": zip_of}
"""How to make an archive of files, by its format."""


def tree(folder: Path):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def unpacked(room, content, *, name="a", limits=PLENTY):
    archive = room.parents[2] / name
    archive.write_bytes(content)
    return unpack(archive, room, limits=Limits(*limits))


def refused(room, content, *, limits=PLENTY):
    """Return the one line, after making sure that nothing lies outside the room."""
    line = downloaded.refused(unpacked, room, content, limits=limits)
    outside = tree(room.parents[2]) - {f"outer/inner/room/{name}" for name in tree(room)}
    assert outside == {"a"}
    assert not any(path.is_symlink() for path in room.rglob("*"))
    assert line.startswith(f"{room.parents[2] / 'a'}: ")
    return line
