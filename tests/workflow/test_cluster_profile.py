"""The SLURM profile and the rules agree; what every rule asks for."""

import re
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

PROFILE = yaml.safe_load((ROOT / "slurm/config.yaml").read_text())
HEAD = re.compile(r"^( *)(?:use rule \w+ as|rule) (\w+)(?: with)?:")


def rules() -> dict[str, tuple[Path, list[str]]]:
    """Return the lines of every rule, without blank ones, and its file."""
    found: dict[str, tuple[Path, list[str]]] = {}
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        name, indent = None, 0
        for line in filter(str.strip, path.read_text().splitlines()):
            depth = len(line) - len(line.lstrip())
            if head := HEAD.match(line):
                name, indent = head[2], depth
                found[name] = (path, [line])
            elif name and depth > indent:
                found[name][1].append(line)
            else:
                name = None
    return found


RULES = rules()
LOCAL = set(
    re.findall(r"^ +(\w+),$", (ROOT / "workflow/Snakefile").read_text(), re.M),
)
ON_GPU = {name for name, (_, lines) in RULES.items() if "**gpu_job(" in "".join(lines)}


def test_the_reader_of_rules_finds_them():
    assert {"train", "evaluate", "evaluate_iterative", "phantom", "index"} <= set(RULES)
    assert {"train", "evaluate", "transfer", "examine"} <= ON_GPU


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_a_paragraph(name):
    # Every input, output and parameter by its name, one a line.
    assert len(RULES[name][1]) <= 28


def test_every_rule_on_a_gpu_goes_to_its_partition_and_no_other_does():
    sent = {
        name
        for name, settings in PROFILE["set-resources"].items()
        if settings["slurm_partition"] == "gpu"
    }
    assert sent == ON_GPU | {"evaluate_iterative"}
    assert sent <= set(RULES)


def test_jobs_on_a_gpu_are_warned_before_their_time_limit():
    for settings in PROFILE["set-resources"].values():
        assert settings["slurm_extra"] == "'--signal=TERM@60'"


def test_short_jobs_are_grouped_by_four_to_eight():
    assert set(PROFILE["groups"]) <= set(RULES)
    assert set(PROFILE["groups"].values()) == set(PROFILE["group-components"])
    assert all(4 <= size <= 8 for size in PROFILE["group-components"].values())


def test_light_rules_stay_at_home_and_the_others_say_what_they_need():
    for name, (_, lines) in RULES.items():
        text = "\n".join(lines)
        light = name in LOCAL
        if base := re.match(r" *use rule (\w+)", lines[0]):
            text = "\n".join(RULES[base[1]][1])
        assert light != bool(re.search(r"\*\*(gpu|cpu)_job\(", text)), name


def test_no_rule_retries_by_itself():
    """It would do so inside its allocation, at the same size."""
    assert not any("retries:" in line for _, lines in RULES.values() for line in lines)
    assert PROFILE["retries"] >= 2
