"""A small dataset to download, and what its folder holds then."""

import pytest

from robustseg.data.download.download import RECORD
from robustseg.runtime.errors import InputError

from .loopback import CASES, msd_files, sha256, tar_of

LIMITS = {"gigabytes": 0.1, "files": 100}
TERMS = {"licence": "CC0", "citation": "Nobody 2020"}
ARCHIVE = tar_of(msd_files(image=bytes(200_000)))


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
