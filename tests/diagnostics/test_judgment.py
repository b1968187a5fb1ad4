"""Flags from numbers, and the files around them."""

import copy
import json

import pytest

from robustseg.diagnostics.judgment import judge
from robustseg.diagnostics.verdict import flags
from robustseg.runtime.errors import InputError

from ..measurements import SOUND

BROKEN = {
    "class not learned": {"segmentation": {"dice": [0.0, 0.75, 0.8]}},
    "squashed output": {"output": {"sum_spread": 0.0, "lowest": 0.0}},
    "zero gradient": {"zero_gradient": {"float32": 0.4, "float64": 0.0, "effect": 0.1}},
    "hard output": {"saturation": {"hard": True}},
    "stochastic": {"stochasticity": {"difference": 0.1, "eot": 0.4}},
    "loss bends back": {"ray": {"growth": 0.9}},
    "misleading gradient": {"finite_differences": {"cosine": 0.1}},
    "one step beats many": {"one_step": {"fgsm": 0.2}},
    "white box loses to queries": {"query": {"square": 0.4}},
    "unbounded attack fails": {"full_range": {"dice": [0.6, 0.4]}},
    "label leak": {"label_leak": {"truth": 0.7}},
    "attack not converged": {"iteration_curve": {"gain": 0.1}},
    "attack gets stuck": {"restarts": {"restarted": 0.1}},
}


def measured(changes):
    found = copy.deepcopy(SOUND)
    for name, values in changes.items():
        found[name] |= values
    return found


def names(found, **settings):
    return [flag["name"] for flag in flags(found, **settings)]


def test_a_sound_model_has_no_flag():
    assert flags(SOUND) == []


@pytest.mark.parametrize("name", BROKEN)
def test_each_finding_has_its_flag(name):
    assert names(measured(BROKEN[name])) == [name]


@pytest.mark.parametrize("name", BROKEN)
def test_each_flag_says_what_it_concerns(name):
    (flag,) = flags(measured(BROKEN[name]))
    assert flag["concerns"] == ("attack" if name.startswith("attack") else "model")


def test_every_class_that_was_not_learned_is_named():
    (flag,) = flags(measured({"segmentation": {"dice": [0.0, 0.75, 0.099]}}))
    assert flag["evidence"] == (
        "Dice of class necrotic 0.00 on clean volumes (900 voxels, 800 predicted); "
        "Dice of class enhancing 0.10 on clean volumes (1500 voxels, 1400 predicted)"
    )
    assert flags(measured({"segmentation": {"dice": [0.1, 0.1, 0.1]}})) == []


def test_gradient_masking_needs_large_logits_and_hidden_harm():
    hidden = {"ordinary": [0.5, 0.4, 0.3], "temperature": [0.4, 0.3, 0.3]}
    large = {"saturated": 0.99, "gap_quantiles": [100, 150, 200, 250, 300]}
    masked = measured({"logit_scale": hidden, "saturation": large})
    assert names(masked) == ["gradient masking"]
    (flag,) = flags(masked, temperature=20)
    assert flag["evidence"].startswith(
        "FGSM on z/T lowers the whole tumor's Dice from 0.60 to 0.40"
    )
    # Ten steps may bring to light what one does not.
    slow = measured({"one_step": {"iterated": 0.3, "ordinary": 0.1}, "saturation": large})
    (flag,) = flags(slow)
    assert flag["name"] == "gradient masking"
    assert flag["evidence"].startswith("ten steps on z/(gap / 10) lower the mean Dice from 0.30 to")
    assert names(measured({"logit_scale": hidden})) == []
    assert names(measured({"one_step": {"iterated": 0.3, "ordinary": 0.1}})) == []
    assert names(measured({"saturation": large})) == []


def test_voxels_without_effect_may_have_no_gradient():
    assert names(measured({"zero_gradient": {"float32": 0.5, "float64": 0.5}})) == []


def test_transfer_is_compared_with_the_models_own():
    transfer = {"own": 0.5, "other": 0.35, "third": 0.7}
    assert names(SOUND, own="own", transfer=transfer) == ["white box loses to transfer"]
    assert "made for other" in flags(SOUND, own="own", transfer=transfer)[0]["evidence"]
    assert names(SOUND, own="other", transfer=transfer) == []
    assert names(SOUND, own="own", transfer={"own": 0.5}) == []


def write(folder, text="source,target,case,dice_wt,dice_tc,dice_et\n"):
    stated = {"model": "m", "temperature": 1, "measurements": SOUND}
    (folder / "m.measured.json").write_text(json.dumps(stated))
    (folder / "t.csv").write_text(text)


def test_judgment_from_files(tmp_path):
    header = "source,target,case,dice_wt,dice_tc,dice_et\n"
    rows = "m,m,a,0.6,0.5,0.4\nn,m,a,0.3,0.2,0.1\nn,m,b,0.5,0.4,0.3\nn,n,a,0,0,0\n"
    write(tmp_path, header + rows)
    judge(tmp_path / "m.measured.json", tmp_path / "t.csv", tmp_path / "m.json")
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["transfer"] == {"m": pytest.approx(0.5), "n": pytest.approx(0.3)}
    assert [flag["name"] for flag in found["flags"]] == ["white box loses to transfer"]
    assert found["measurements"] == SOUND


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": "m"}'])
def test_damaged_measurements_are_one_line(tmp_path, text):
    write(tmp_path)
    (tmp_path / "m.measured.json").write_text(text)
    with pytest.raises(InputError, match=r"m\.measured\.json") as caught:
        judge(tmp_path / "m.measured.json", tmp_path / "t.csv", tmp_path / "m.json")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "m.json").exists()


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        (["wt", "tc", "et"], "the whole tumor's Dice from 0.60 to 0.20"),
        (["et", "tc", "wt"], "the whole tumor's Dice from 0.40 to 0.10"),
        (["liver", "lesion", "vessel"], "liver's Dice from 0.60 to 0.20"),
    ],
)
def test_evidence_names_the_region_that_it_is_of(regions, said):
    found = measured(
        {
            "saturation": {"saturated": 1.0},
            "logit_scale": {"regions": regions, "ordinary": [0.2, 0.15, 0.1]},
        }
    )
    (flag,) = flags(found)
    assert said in flag["evidence"]
