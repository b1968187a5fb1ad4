"""The contracts of plug-ins: the examples keep them, and every breach is one line."""

import subprocess
import sys
from pathlib import Path

import pytest

import robustseg
from robustseg.attacks.registry import ATTACKS
from robustseg.check import check
from robustseg.defenses.registry import DEFENSES
from robustseg.models.registry import NETWORKS
from robustseg.runtime.errors import InputError

ROOT = Path(__file__).parents[1]
EXAMPLES = {
    "attack.py:r_fgsm": ("attack", {}),
    "defense.py:AnyEpsilon": ("defense", {"epsilon": 0.05}),
    "network.py:Shallow": ("network", {"width": 3}),
}
CHECKED = ("fgsm", "pgd", "sea")
VALUES = {
    **{"step_size": 0.05, "relative_step": 0.5, "iterations": 3, "queries": 300},
    **{"radius": 0.01, "epsilon": 0.05, "steps": 2, "temperature": 20},
    **{"filters": 2, "levels": 2, "dropout": 0.1, "heads": 1},
}


def test_a_function_that_makes_a_network_is_one(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n\ndef made(*, in_channels, out_channels, width=2):\n"
        "    return nn.Conv3d(in_channels, out_channels, 3, padding=1)\n"
    )
    assert check(f"{tmp_path / 'mine.py'}:made", {}) == "network"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_sound(name):
    kind, parameters = EXAMPLES[name]
    assert check(f"{ROOT}/examples/{name}", parameters) == kind


@pytest.mark.parametrize(
    ("target", "needed"),
    [
        *(
            (e.attack, e.parameters)
            for name, e in ATTACKS.items()
            if name in ("fgsm", "pgd", "sea")
        ),
        *((entry.build, entry.parameters) for entry in DEFENSES.values()),
        *((entry.build, entry.parameters) for entry in NETWORKS.values()),
    ],
)
def test_what_is_built_in_is_sound(target, needed):
    check(target, {key: VALUES[key] for key in needed if key in VALUES and key != "temperature"})


HEAD = "import torch\nfrom torch import nn\nfrom robustseg import *\n"
BROKEN = {
    "def f(problem): return problem.image + 1": "leaves the threat model",
    "def f(problem): return problem.image * torch.nan": "leaves the threat model",
    "def f(problem): return problem.image[:1]": "no volumes of the shape",
    "def f(problem): return problem.image": "no more harm than random signs",
    "def f(problem): return problem.moved(torch.randn(problem.image.shape))": "the second time",
    "def f(problem): return problem.moved(problem.image.mean(0) * -1)": "when it is alone",
    "def f(problem): return problem.nothing": "failed (AttributeError: ",
    "def f(image, labels): return image": "is no attack; define a function of one problem",
    "f = 3": "is int, which cannot be called",
    "from nowhere import f": "does not import (ModuleNotFoundError: ",
    "def f(": "does not import (SyntaxError: ",
    "g = 3": "has no f; correct the name",
    "class f(Undefended):\n    def updates(self, forward, image, target, *, generator):\n"
    "        return iter(())": "yields no pair",
    "class f(Undefended):\n    def updates(self, forward, image, target, *, generator):\n"
    "        yield image[:1], target": "other shapes than the batch's",
    "class f(nn.Module):\n    def __init__(self): super().__init__()\n"
    "    def forward(self, x): return x[:, :2].detach()": "not (3, 4 or more classes",
    "class f(nn.Module):\n    def __init__(self): super().__init__()\n"
    "    def forward(self, x): return x.detach()": "has no gradient with respect to its image",
    "class f(nn.Module):\n    def __init__(self): super().__init__()\n"
    "    def forward(self, x): return x * torch.inf": "not finite",
    "class f(nn.Module):\n    def __init__(self): super().__init__()\n"
    "    def forward(self, x): return x.softmax(1)": "are probabilities",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_plug_in_is_one_line(tmp_path, text):
    (tmp_path / "mine.py").write_text(f"{HEAD}{text}\n")
    target = f"{tmp_path / 'mine.py'}:f"
    with pytest.raises(InputError) as caught:
        check(target, {})
    assert BROKEN[text] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (
            ["examples/attack.py:r_fgsm", "alpha=0.2"],
            0,
            "examples/attack.py:r_fgsm: a sound attack",
        ),
        (["examples/attack.py:r_fgsm", "beta=1"], 1, "takes no beta; remove it"),
        (["examples/defense.py:AnyEpsilon"], 1, "needs epsilon; give KEY=VALUE"),
        (["examples/none.py:x"], 1, "examples/none.py: no such file; correct the path"),
        (["examples/attack.py"], 1, "is not of the form module:object"),
    ],
)
def test_the_command_says_what_it_found(arguments, status, said):
    done = subprocess.run(
        [sys.executable, "-m", "robustseg.check", *arguments],
        env={"PYTHONPATH": str(ROOT / "src")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_public_names_are_there_and_cost_nothing_until_used():
    assert sorted(robustseg.PUBLIC) == robustseg.__all__
    assert all(callable(getattr(robustseg, name)) or name == "BRATS" for name in robustseg.PUBLIC)
    with pytest.raises(AttributeError, match="nothing"):
        _ = robustseg.nothing
    done = subprocess.run(
        [sys.executable, "-c", "import sys, robustseg; print('torch' in sys.modules)"],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
