"""Every mistake in a cohort of the configuration is one line, before any job."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.sheet import read_sheet
from robustseg.runtime.errors import InputErrors
from robustseg.study.configuration import check

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def with_cohort(source="sheet", **values):
    config = copy.deepcopy(DEFAULT)
    config["data"] |= {"source": source, "sheet": "cases.tsv", "folder": "x"}
    config["cohort"] |= values
    config["attacks"]["ti-fgsm"]["target_class"] = 1
    return config


def entries(**labels):
    return [{"name": name, "label": label} for name, label in labels.items()]


LIVER = {"classes": entries(liver=1), "regions": [{"name": "liver", "labels": [1]}]}
WRONG = {
    "no sequence": (with_cohort(sequences=[]), "cohort.sequences: is empty"),
    "a sequence twice": (with_cohort(sequences=["ct", "CT"]), "ct and CT are one name"),
    "one sequence by two names": (
        with_cohort(sequences=["t1gd", "t1ce"]),
        "t1gd and t1ce are one sequence",
    ),
    "a sequence that is a column": (with_cohort(sequences=["fold"]), "fold means something else"),
    "a sequence that is a fact": (with_cohort(sequences=["shape"]), "shape means something else"),
    "a sequence that is a suffix": (with_cohort(sequences=["Seg"]), "Seg means something else"),
    "a sequence with a blank": (with_cohort(sequences=["a b"]), "'a b' is no plain name"),
    "a sequence with a command": (with_cohort(sequences=["$(x)"]), "is no plain name"),
    "a sequence with a wildcard": (with_cohort(sequences=["{case}"]), "is no plain name"),
    "a region of BraTS of other classes": (
        with_cohort(**LIVER | {"regions": [{"name": "wt", "labels": [1]}]}),
        "wt is that of BraTS, of the classes necrotic, edema, enhancing",
    ),
    "a region of BraTS of some of its classes": (
        with_cohort(regions=[{"name": "wt", "labels": [1, 4]}]),
        "wt is that of BraTS",
    ),
    "no class": (
        with_cohort(classes=[], regions=[{"name": "a", "labels": [1]}]),
        "cohort.classes: is empty",
    ),
    "label 0": (
        with_cohort(**LIVER | {"classes": [*entries(liver=1, air=0)]}),
        "air has label 0, which is background",
    ),
    "negative label": (
        with_cohort(**LIVER | {"classes": entries(liver=1, air=-1)}),
        "label -1 of air is not from 1 to 65535",
    ),
    "huge label": (
        with_cohort(**LIVER | {"classes": entries(liver=1, air=70000)}),
        "label 70000 of air",
    ),
    "a label twice": (
        with_cohort(**LIVER | {"classes": entries(liver=1, spleen=1)}),
        "liver and spleen both have label 1",
    ),
    "a class twice": (
        with_cohort(**LIVER | {"classes": entries(liver=1, Liver=2)}),
        "liver and Liver are one name",
    ),
    "a class that is background": (
        with_cohort(**LIVER | {"classes": entries(liver=1, background=2)}),
        "background means something else",
    ),
    "a region that is a column": (
        with_cohort(regions=[{"name": "case", "labels": [1]}]),
        "case means something else",
    ),
    "no region": (with_cohort(regions=[]), "cohort.regions: is empty"),
    "an empty region": (
        with_cohort(regions=[{"name": "none", "labels": []}]),
        "none has no labels",
    ),
    "a region of an unknown label": (
        with_cohort(regions=[{"name": "et", "labels": [3]}]),
        "label 3 of et is none of cohort.classes (1, 2, 4)",
    ),
    "a region of the background": (
        with_cohort(regions=[{"name": "et", "labels": [0, 4]}]),
        "label 0 of et is none of",
    ),
    "a region that lists a label twice": (
        with_cohort(regions=[{"name": "et", "labels": [4, 4]}]),
        "et lists label 4 twice",
    ),
    "a region twice": (
        with_cohort(regions=[{"name": "et", "labels": [4]}] * 2),
        "et and et are one name",
    ),
    "a region that is no column": (
        with_cohort(regions=[{"name": "left kidney", "labels": [4]}]),
        "'left kidney' is no plain name; it becomes a column",
    ),
    "a region that begins with a digit": (
        with_cohort(regions=[{"name": "3rd", "labels": [4]}]),
        "'3rd' is no plain name",
    ),
    "a region of BraTS in capitals": (
        with_cohort(regions=[{"name": "ET", "labels": [4]}]),
        "ET is a region of BraTS; write et",
    ),
    "a window of no sequence": (
        with_cohort(windows={"ct": [0, 1]}, bias_correction="none"),
        "cohort.windows.ct: is none of cohort.sequences",
    ),
    "a window upside down": (
        with_cohort(windows={"t1": [300, -200]}, bias_correction="none"),
        "cohort.windows.t1: 300 is not below -200",
    ),
    "a window of three numbers": (
        with_cohort(windows={"t1": [1, 2, 3]}, bias_correction="none"),
        "cohort.windows.t1",
    ),
    "a window and N4": (with_cohort(windows={"t1": [0, 9]}), "cohort.bias_correction: N4 takes"),
    "another correction": (with_cohort(bias_correction="n5"), "cohort.bias_correction"),
    "classes as a mapping": (with_cohort(classes={"liver": 1}), "cohort.classes"),
    "a label in words": (with_cohort(classes=entries(liver="1")), "cohort.classes.0.label"),
    "an unknown key": (with_cohort(channels=1), "cohort: "),
    "sequences that phantoms do not have": (
        with_cohort("phantoms", sequences=["ct"]),
        "cohort.sequences: data.source phantoms has no ct",
    ),
    "classes that a folder does not have": (
        with_cohort("folder", **LIVER),
        "cohort.classes: data.source folder has those of BraTS",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_one_line(name):
    config, words = WRONG[name]
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    (line,) = caught.value.problems
    assert line.startswith("config: ")
    assert words in line
    assert "; " in line
    assert "\n" not in line


def test_the_example_of_the_documentation_is_a_configuration(tmp_path):
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    overlay, sheet = re.findall(
        r"```(?:yaml\n# liver\.yaml)?\n((?:study: liver|case\t)[^`]*)```", text
    )
    config = copy.deepcopy(DEFAULT)
    update_config(config, yaml.safe_load(overlay))
    check(config, SCHEMA)
    cohort = Cohort.from_json(config["cohort"])
    assert dict(cohort.regions) == {"liver": (1, 2), "lesion": (2,)}
    (tmp_path / "cases.tsv").write_text(sheet)
    cases, problems = read_sheet(tmp_path / "cases.tsv", cohort)
    assert [files.case for files in cases] == ["001", "002"]
    assert problems == []


def test_target_class_of_an_attack_is_one_of_the_classes():
    config = with_cohort(**LIVER)
    check(config, SCHEMA)
    config["attacks"]["ti-fgsm"]["target_class"] = 2
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    (line,) = caught.value.problems
    assert line.startswith("config: attacks.ti-fgsm.target_class: 2 is above 1, the last of")


def test_all_mistakes_are_reported_together():
    config = with_cohort(
        sequences=[],
        classes=entries(liver=0, spleen=300000),
        regions=[{"name": "a b", "labels": []}],
        windows={"ct": [5, 1]},
        bias_correction="none",
    )
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    "values",
    [
        {"sequences": ["flair"]},
        {"regions": [{"name": "edema", "labels": [2]}]},
        {"bias_correction": "none", "windows": {"t2": [0, 1000]}},
    ],
)
@pytest.mark.parametrize("source", ["phantoms", "folder", "sheet"])
def test_fewer_sequences_and_other_regions_need_no_sheet(source, values):
    check(with_cohort(source, **values), SCHEMA)


def test_brain_as_support_needs_a_background_that_is_lowest():
    config = with_cohort(sequences=["ct", "pet"], windows={"ct": [-200, 300]}, **LIVER)
    config["cohort"]["bias_correction"] = "none"
    config["threat_model"] = {**config["threat_model"], "support": "brain"}
    with pytest.raises(InputErrors) as caught:
        check(config, SCHEMA)
    assert [line for line in caught.value.problems if "give pet one" in line]
    config["cohort"]["windows"]["pet"] = [0, 10]
    check(config, SCHEMA)
