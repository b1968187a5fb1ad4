"""The protocol of a study: its configuration, and the versions of the libraries."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import yaml

from robustseg.html.pages import render
from robustseg.runtime.files import atomic_path

PACKAGES = ("torch", "nibabel", "numpy", "scipy", "pandas", "snakemake")


def write_protocol(
    yaml_path: str, html_path: str, *, config: Mapping[str, Any], split: Sequence[int]
) -> None:
    """Write ``config`` as YAML, and as a page with the versions and the size of the split.

    Args:
        yaml_path: the configuration; Snakemake can run with it again.
        html_path: the page.
        config: of the study.
        split: number of training and of test cases.
    """
    text = yaml.safe_dump(dict(config), sort_keys=False, default_flow_style=None, width=100)
    with atomic_path(yaml_path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    facts = {
        "Cases": f"{split[0]} for training, {split[1]} for testing",
        "Python": f"{platform.python_version()} on {platform.machine()}",
        **{package: _version(package) for package in PACKAGES},
    }
    page = render("protocol.html", title="Protocol used", facts=facts, configuration=text)
    with atomic_path(html_path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "in another environment than the one that wrote this page"
