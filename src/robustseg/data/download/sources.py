"""The sources of downloads, with the license and the citation of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from robustseg.data.download.archives import is_wanted, unsafe

MSD_URL = "https://msd-for-monai.s3-us-west-2.amazonaws.com/Task01_BrainTumour.tar"
MSD_MD5 = "240a19d752f0d9e9101544901065d872"
"""URL and checksum as in monai.apps.DecathlonDataset."""

_MENZE = "Menze et al. 2015, doi 10.1109/TMI.2014.2377694"
_BAKAS_2017 = "Bakas et al. 2017, doi 10.1038/sdata.2017.117"
_BAKAS_2018 = "Bakas et al. 2018, arXiv 1811.02629"
_BAID = "Baid et al. 2021, arXiv 2107.02314"
_ANTONELLI = "Antonelli et al. 2022, doi 10.1038/s41467-022-30695-9"
_OF_YEAR = {
    2017: (_MENZE, _BAKAS_2017),
    **dict.fromkeys((2018, 2019, 2020), (_MENZE, _BAKAS_2017, _BAKAS_2018)),
    **dict.fromkeys((2021, 2022, 2023), (_BAID, _MENZE, _BAKAS_2017)),
}

_NEEDED = {
    "msd": (),
    "synapse": ("year", "entities"),
    "urls": ("files", "license", "citation"),
    "archive": ("path", "license", "citation"),
}
"""Keys of data.download that each source must have."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: an archive or a single image.

    Attributes:
        origin: a URL, a Synapse identifier or a path.
        checksum: "sha256:..." or "md5:...", None where the source has none.
        path: of a single image below the data folder; None to use its name, and for an archive.
    """

    origin: str
    checksum: str | None = None
    path: str | None = None

    @property
    def name(self) -> str:
        """The last part of a URL's path, decoded."""
        return unquote(urlsplit(self.origin).path).rpartition("/")[2]


@dataclass(frozen=True)
class Source:
    """The files to download, and their terms."""

    title: str
    license: str
    citation: str
    files: tuple[SourceFile, ...]

    @property
    def notice(self) -> str:
        """The notice that is shown before a download."""
        origins = "\n".join(f"  from     {file.origin}" for file in self.files[:3])
        more = f"\n  and {len(self.files) - 3} more files" if len(self.files) > 3 else ""
        return (
            f"{self.title}\n{origins}{more}\n  license  {self.license}\n  cite     {self.citation}"
        )


def missing_data(data: Mapping[str, Any]) -> str | None:
    """Return the message for a valid ``data`` section whose data are not downloaded yet."""
    if data["download"]["source"] is None or is_there(Path(data["folder"]).expanduser()):
        return None
    return (
        f"{data['folder']}: is not there yet; fetch it, with the same --configfile and --config, "
        "by: snakemake --cores 1 download"
    )


def is_there(folder: Path) -> bool:
    """Tell whether a data folder has something in it."""
    return folder.is_dir() and any(folder.iterdir())


def source_of(settings: Mapping[str, Any]) -> Source:
    """Return the source that valid settings of ``data.download`` describe."""
    match settings["source"]:
        case "msd":
            return Source(
                title="Medical Segmentation Decathlon, Task01_BrainTumour",
                license="CC-BY-SA 4.0, http://medicaldecathlon.com",
                citation="; ".join((_ANTONELLI, _MENZE, _BAKAS_2017)),
                files=(SourceFile(MSD_URL, f"md5:{MSD_MD5}"),),
            )
        case "synapse":
            return Source(
                title=f"BraTS {settings['year']} from Synapse",
                license="the terms of use that you accepted on Synapse when you were given access",
                citation="; ".join(_OF_YEAR[settings["year"]]),
                files=tuple(SourceFile(entity) for entity in settings["entities"]),
            )
        case "urls":
            title, entries = "Files by URL", settings["files"]
            files = tuple(SourceFile(e["url"], _sha256(e), e.get("path")) for e in entries)
        case _:
            title, files = "Local archive", (SourceFile(settings["path"], _sha256(settings)),)
    return Source(title, settings["license"], settings["citation"], files)


def _sha256(keys: Mapping[str, Any]) -> str | None:
    return f"sha256:{keys['sha256'].lower()}" if keys.get("sha256") else None


def download_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line for each contradiction in ``data.download`` that a schema cannot express."""
    settings, data = config["data"]["download"], config["data"]
    source = settings["source"]
    given = {key for key in settings if key not in ("source", "limits")}
    if source is None:
        for key in sorted(given):
            yield f"data.download.{key}: data.download.source is null; name a source"
        return
    for key in _NEEDED[source]:
        if key not in settings:
            yield f"data.download: {key} is missing; the source {source} needs it"
    optional = {"sha256"} if source == "archive" else set()
    for key in sorted(given - {*_NEEDED[source], *optional}):
        yield f"data.download.{key}: the source {source} takes no such key; remove it"
    if data["source"] != "folder":
        yield "data.download.source: data.source is not folder; set it to folder"
    if source == "urls":
        yield from _url_problems(settings.get("files", []))


def _url_problems(files: list[Mapping[str, Any]]) -> Iterator[str]:
    places: set[str] = set()
    for number, entry in enumerate(files):
        key = f"data.download.files.{number}"
        try:
            host = urlsplit(entry["url"]).netloc
        except ValueError as error:
            yield f"{key}.url: is no address ({error}); correct it"
            continue
        if "@" in host:
            yield f"{key}.url: holds a user name or password; give an address that needs none"
        name = SourceFile(entry["url"]).name
        place = entry.get("path") or name
        if "path" in entry and (why := unsafe(entry["path"])):
            yield f"{key}.path: {why}; give a path below data.folder"
        elif "path" in entry and not is_wanted(entry["path"]):
            yield f"{key}.path: is no image and no dataset.json; leave it out for an archive"
        elif not name or (why := unsafe(name)):
            yield f"{key}.url: ends in no usable file name; give the address of a file"
        elif is_wanted(place) and place in places:
            yield f"{key}: {place} is there twice; give each file its own path"
        places.add(place)
