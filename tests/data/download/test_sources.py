from pathlib import Path

import pytest
import yaml

from robustseg.data.download.sources import download_problems, missing_data, source_of
from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration import check

from .downloaded import TERMS, data

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SUM = "0" * 64


def config(*, data_source="folder", source=None, **download):
    return {"data": {"source": data_source, **data("x", source=source, **download)}}


def whole_config(**download):
    whole = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    whole["data"] |= config(**download)["data"]
    return whole


def url(name, **keys):
    return {"url": f"https://example.org/{name}", "sha256": SUM, **keys}


VALID = [
    {},
    {"source": "msd"},
    {"source": "synapse", "year": 2021, "entities": ["syn1"]},
    {"source": "urls", "files": [url("a.zip"), url("b.tar?x=1")], **TERMS},
    {"source": "urls", "files": [url("a.zip"), url("part2/a.zip")], **TERMS},
    {"source": "urls", "files": [url("x/a_t1.nii.gz"), url("y", path="b/a_t1.nii.gz")], **TERMS},
    {"source": "archive", "path": "a.tar", **TERMS},
    {"source": "archive", "path": "a.tar", "sha256": SUM, **TERMS},
]


@pytest.mark.parametrize("download", VALID)
def test_valid_settings(download):
    assert list(download_problems(config(**download))) == []


@pytest.mark.parametrize(
    ("download", "said"),
    [
        ({"year": 2021}, "data.download.year: data.download.source is null"),
        ({"source": "synapse", "year": 2021}, "data.download: entities is missing"),
        ({"source": "msd", "license": "CC0"}, "data.download.license: the source msd"),
        ({"source": "archive", "path": "a.tar", "citation": "x"}, "data.download: license is"),
        ({"source": "urls", "files": [url("a.zip")], "license": "x"}, "data.download: citation is"),
        ({"source": "msd", "data_source": "phantoms"}, "data.download.source: data.source is not"),
    ],
)
def test_contradictions(download, said):
    (problem,) = download_problems(config(**download))
    assert problem.startswith(said)
    assert "; " in problem


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (url("a.zip", path="../a.nii.gz"), "0.path: leads out"),
        (url("a.zip", path="/a.nii.gz"), "0.path: has an absolute path"),
        (url("a.zip", path="run.sh"), "0.path: is no image"),
        (url("folder/"), "0.url: ends in no usable file name"),
        (url("..%2f..%2fevil/.."), "0.url: ends in no usable file name"),
        ({"url": "https://me:secret@example.org/a.zip", "sha256": SUM}, "0.url: holds a user name"),
        ({"url": "https://[::1/a.zip", "sha256": SUM}, "0.url: is no address"),
    ],
)
def test_addresses(entry, said):
    (problem,) = download_problems(config(source="urls", files=[entry], **TERMS))
    assert problem.startswith(f"data.download.files.{said}")
    assert "secret" not in problem


def test_two_images_for_one_place():
    files = [url("x/a_t1.nii.gz"), url("y/a_t1.nii.gz")]
    (problem,) = download_problems(config(source="urls", files=files, **TERMS))
    assert problem.startswith("data.download.files.1: a_t1.nii.gz is there twice")


@pytest.mark.parametrize("download", VALID[1:])
def test_every_notice_names_origin_license_and_citation(download):
    source = source_of(config(**download)["data"]["download"])
    lines = source.notice.splitlines()
    assert source.files[0].origin in lines[1]
    assert lines[-2] == f"  license  {source.license}"
    assert lines[-1] == f"  cite     {source.citation}"


def test_the_decathlon_is_the_archive_that_monai_records():
    datasets = pytest.importorskip("monai.apps.datasets").DecathlonDataset
    (file,) = source_of({"source": "msd"}).files
    assert file.origin == datasets.resource["Task01_BrainTumour"]
    assert file.checksum == f"md5:{datasets.md5['Task01_BrainTumour']}"


@pytest.mark.parametrize("year", range(2017, 2024))
def test_every_year_of_brats_has_its_citations(year):
    citation = source_of({"source": "synapse", "year": year, "entities": ["syn1"]}).citation
    assert "Menze" in citation
    assert ("Baid" in citation) == (year >= 2021)


def test_missing_data_are_missed_only_where_a_source_is_named(tmp_path: Path):
    def said(source, folder):
        return missing_data({"folder": str(folder), "download": {"source": source}})

    absent, empty, full = tmp_path / "absent", tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    (full / "a").touch()
    assert said("msd", full) is None
    assert said(None, absent) is None
    for folder in (absent, empty):
        assert "snakemake --cores 1 download" in said("msd", folder)
        assert "\n" not in said("msd", folder)


@pytest.mark.parametrize(
    ("download", "key"),
    [
        ({"source": "ftp"}, "source"),
        ({"source": "msd", "yaer": 2021}, "download: "),
        ({"source": "synapse", "year": 2016, "entities": ["syn1"]}, "year"),
        ({"source": "synapse", "year": 2021, "entities": []}, "entities"),
        ({"source": "synapse", "year": 2021, "entities": ["syn1; rm -rf ~"]}, "entities.0"),
        ({"source": "synapse", "year": 2021, "entities": ["../syn1"]}, "entities.0"),
        ({"source": "synapse", "year": 2021, "token": "x"}, "download: "),
        ({"source": "urls", "files": [{"url": "https://example.org/a.zip"}], **TERMS}, "files.0"),
        ({"source": "urls", "files": [url("a.zip") | {"sha256": "12"}], **TERMS}, "sha256"),
        ({"source": "urls", "files": [url("a b.zip")], **TERMS}, "files.0.url"),
        ({"source": "urls", "files": [url("a.zip") | {"url": "file:///a.zip"}], **TERMS}, "url"),
        ({"source": "archive", "path": "a.tar", "license": "", "citation": "x"}, "license"),
        ({"limits": {"gigabytes": 0, "files": 1}}, "limits.gigabytes"),
        ({"limits": {"gigabytes": float("inf"), "files": 1}}, "limits.gigabytes"),
        ({"limits": {"gigabytes": 1, "files": 0}}, "limits.files"),
    ],
)
def test_the_schema_refuses_in_one_line(download, key):
    with pytest.raises(InputErrors) as caught:
        check(whole_config(**download), SCHEMA)
    (problem,) = caught.value.problems
    assert problem.startswith("config: data.download")
    assert key in problem


@pytest.mark.parametrize("download", VALID)
def test_the_schema_takes_what_is_valid(download):
    check(whole_config(**download), SCHEMA)
