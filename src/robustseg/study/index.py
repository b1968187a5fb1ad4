"""The page with links to all results of a study."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from robustseg.html.cells import Cell
from robustseg.html.pages import render
from robustseg.tables.labels import ATTACKS, model_label
from robustseg.tables.rendering_verdicts import NO_FLAG, verdict_rows

CATEGORIES = ("Robustness", "Attacks", "Defenses", "Data", "Training", "Statistics of cases")
"""The sections in their order."""
SUFFIXES = (".png", ".pdf", ".html", ".csv", ".yaml")
"""Order within a section: figures, pages, data."""
FIRST = ("verdicts", "robustness")
"""The first files of the page."""


def index_page(
    path: str,
    *,
    config: Mapping[str, Any],
    files: Sequence[Mapping[str, str]],
    captions: Mapping[str, str],
    split: pd.DataFrame,
    verdicts: pd.DataFrame,
) -> str:
    """Return the page, whose links are relative to ``path``.

    Args:
        path: of the page.
        config: of the study.
        files: ``path``, ``category`` (of `CATEGORIES`) and ``title`` of every file to show.
        captions: templates in reStructuredText, by the stems of the files; ``study`` is the
            caption of the page.
        split: the table of the split.
        verdicts: the table of verdicts.

    Raises:
        ValueError: a file has an unknown category or suffix.
    """
    texts = {name: _caption(text, config) for name, text in captions.items()}
    sections: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(files, key=_place):
        links = _links(Path(file["path"]), Path(path).parent)
        stem, title = Path(file["path"]).stem, file["title"][:1].upper() + file["title"][1:]
        item = {"name": stem, "title": title, "links": links, "caption": texts[stem]}
        sections.setdefault(file["category"], []).append(item)
    head, body = verdict_rows(verdicts, _flags(verdicts))
    return render(
        "index.html",
        title=f"Study {config['study']}",
        facts=_facts(config, split, verdicts),
        introduction=texts["study"],
        head=head,
        body=body,
        sections=sections,
    )


def _place(file: Mapping[str, str]) -> tuple[int, int]:
    """Return the position of a file: by category, then the first of all, then by kind."""
    path = Path(file["path"])
    kind = (
        FIRST.index(path.stem) - len(FIRST) if path.stem in FIRST else SUFFIXES.index(path.suffix)
    )
    return CATEGORIES.index(file["category"]), kind


def _links(path: Path, start: Path) -> dict[str, str]:
    """Return the links to a file and to its other formats, by suffix."""
    found = (path.with_suffix(suffix) for suffix in SUFFIXES)
    return {file.suffix[1:]: os.path.relpath(file, start) for file in found if file.exists()}


def _caption(text: str, config: Mapping[str, Any]) -> Markup:
    """Return a caption as markup, rendered as in Snakemake's report."""
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    filled = environment.from_string(text).render(snakemake=SimpleNamespace(config=config))
    safe = {"file_insertion_enabled": False, "raw_enabled": False}
    parts = publish_parts(filled, writer="html5", settings_overrides=safe)
    return Markup(parts["body"])


def _flags(verdicts: pd.DataFrame) -> dict[str, Cell]:
    """Return the names of every model's flags; the table of verdicts has their evidence."""
    return {
        model: Cell(kind="verdict", parts=[Cell(name) for name in (text or NO_FLAG).split(" | ")])
        for model, text in zip(verdicts["model"], verdicts["flags"], strict=True)
    }


def _facts(
    config: Mapping[str, Any], split: pd.DataFrame, verdicts: pd.DataFrame
) -> dict[str, str]:
    """Return the facts of the study, by name."""
    data, number = config["data"], split["split"].value_counts()
    attacks = [ATTACKS.get(name, name) for name in config["attacks"]]
    seeds = config.get("seeds") or []
    sources = {"phantoms": "phantoms made by the study, not patients", "sheet": data["sheet"]}
    return {
        "Data": sources.get(data["source"], data["folder"]),
        "Cases": f"{number.get('train', 0)} for training, {number.get('test', 0)} for testing",
        "Models": ", ".join(map(model_label, verdicts["model"])),
        "Attacks": f"{', '.join(attacks)}; worst case over: {verdicts['ensemble'].iloc[0]}",
        **({"Seeds": ", ".join(map(str, seeds))} if len(seeds) > 1 else {}),
        "Threat model": str(verdicts["threat_model"].iloc[0]),
    }
