"""From a source to a data folder that is either complete or absent."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock

from robustseg.data.download.archives import Limits, is_wanted, unpack
from robustseg.data.download.http import checksum_of, fetch_url
from robustseg.data.download.sources import Source, SourceFile, is_there, source_of
from robustseg.data.download.synapse import SynapseAccount
from robustseg.runtime.errors import InputError

RECORD = "DOWNLOAD.json"
"""In the data folder: the sources of its files, and their license."""

logger = logging.getLogger(__name__)


def download(data: Mapping[str, Any], *, say: Callable[[str], None]) -> None:
    """Download and unpack a dataset, unless it is there.

    Unfinished files are in the hidden sibling `.<name>.download` of the folder, on the same file
    system. One rename creates the folder. A later call resumes the download and repeats the
    unpacking.

    Args:
        data: section of a valid configuration (see `sources.download_problems`). `data.folder` is
            absent, empty, or the result of an earlier call.
        say: shows a line to the user; the license and the citation come before any download.

    Raises:
        InputError: no source is named, the folder holds something else, or the download fails.
    """
    settings = data["download"]
    if settings["source"] is None:
        raise InputError("data.download.source: is null; name a source (see config/README.md)")
    source = source_of(settings)
    say(source.notice)
    folder = Path(data["folder"]).expanduser().resolve()
    workshop = folder.with_name(f".{folder.name}.download")
    if is_there(folder):
        _check_same(folder, settings)
        shutil.rmtree(workshop, ignore_errors=True)  # left by a kill after the rename
        say(f"{folder} is there already: nothing to do. Remove it to download again.")
        return
    try:
        workshop.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(workshop / "lock", timeout=0):
            os.replace(_make(settings, source, workshop), folder)
            shutil.rmtree(workshop, ignore_errors=True)
    except filelock.Timeout as error:
        raise InputError(f"{folder}: another download writes it; wait for its end") from error
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be written ({error.strerror}); make room or name "
            "another data.folder"
        ) from error
    say(f"{folder} is complete. The study can be planned and run now.")


def _recorded(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without the limits, which do not affect the folder."""
    return {key: value for key, value in settings.items() if key != "limits"}


def _check_same(folder: Path, settings: Mapping[str, Any]) -> None:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict):
        raise InputError(
            f"{folder}: holds files that no download put there; name another data.folder, or "
            "remove data.download to use it as it is"
        )
    if record.get("settings") != _recorded(settings):
        raise InputError(
            f"{folder}: was downloaded with other settings (see its {RECORD}); name another "
            "data.folder or remove this one"
        )


def _make(settings: Mapping[str, Any], source: Source, workshop: Path) -> Path:
    """Return a folder in the workshop with the complete contents of the data folder."""
    limits = settings["limits"]
    allowed = Limits(bytes=int(limits["gigabytes"] * 10**9), files=limits["files"])
    fetched = list(_fetch(settings["source"], source, workshop, most=allowed.bytes))
    unpacked = workshop / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    files = []
    for file, path in fetched:
        if file.path or is_wanted(path.name):
            _place(path, unpacked / (file.path or path.name))
        else:
            count = unpack(path, unpacked, limits=allowed)
            logger.info("%s: %d files unpacked", file.origin, count)
        files.append({"origin": file.origin, "checksum": file.checksum or checksum_of(path)})
    tops = list(unpacked.iterdir())
    # If an archive contains MSD's own folder, that one becomes the data folder.
    root = tops[0] if len(tops) == 1 and (tops[0] / "imagesTr").is_dir() else unpacked
    terms = {"license": source.license, "citation": source.citation}
    record = {"settings": _recorded(settings), **terms, "files": files}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (root / RECORD).write_text(f"{text}\n", encoding="utf-8")
    return root


def _fetch(
    kind: str, source: Source, workshop: Path, *, most: int
) -> Iterator[tuple[SourceFile, Path]]:
    """Yield every file of the source with its path."""
    account = SynapseAccount() if kind == "synapse" else None
    for file in source.files:
        if kind == "archive":
            yield file, _local(file)
            continue
        # By checksum, so that parts of different files are never confused.
        place = workshop / (file.checksum or file.origin).replace(":", "-")[:24]
        place.mkdir(exist_ok=True)
        if account:
            yield file, account.fetch(file.origin, place)
        else:
            assert file.checksum is not None
            path = place / file.name
            yield file, fetch_url(file.origin, path, checksum=file.checksum, most=most)


def _local(file: SourceFile) -> Path:
    path = Path(file.origin).expanduser()
    if not path.is_file():
        raise InputError(f"{path}: no such file; correct data.download.path")
    if file.checksum and file.checksum != (found := checksum_of(path)):
        raise InputError(
            f"{path}: has the checksum {found}, not {file.checksum}; get the archive anew or "
            "correct data.download.sha256"
        )
    return path


def _place(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise InputError(f"{target.name}: is in the list and in an archive; keep one of them")
    shutil.copyfile(path, target)
