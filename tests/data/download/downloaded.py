"""A small dataset to download, what its folder holds then, and what a refusal says."""

import pytest

from robustseg.data.download.download import RECORD, download
from robustseg.runtime.errors import InputError

from .loopback import CASES, msd_files, sha256, tar_of

LIMITS = {"gigabytes": 0.1, "files": 100}
TERMS = {"license": "CC0", "citation": "Nobody 2020"}
ARCHIVE = tar_of(msd_files(image=bytes(200_000)))
MSD_NAMES = sorted(
    [
        RECORD,
        "dataset.json",
        *(f"{place}/{case}.nii.gz" for place in ("imagesTr", "labelsTr") for case in CASES),
    ]
)


def data(folder, **settings):
    return {"folder": str(folder), "download": {"limits": LIMITS, **settings}}


def fetch(folder, *, say=print, **settings):
    download(data(folder, **settings), say=say)


def urls(*entries):
    files = [{"url": url, "sha256": sha256(content)} for url, content in entries]
    return {"source": "urls", "files": files, **TERMS}


def served(server, content=ARCHIVE):
    return urls((server.serve("/a.tar", content), content))


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refusal(call, *arguments, **options):
    """Return the error that a call fails with, in one line: what is wrong, and what to do."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)
    return caught.value


def refused(call, *arguments, **options):
    return str(refusal(call, *arguments, **options))
