"""What a process computes after PyTorch was imported without its rules for tracing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import robustseg
from robustseg.runtime import tracing

SOURCE = Path(robustseg.__file__).parents[1]
ROOT = SOURCE.parent
LEFT_OUT = "type(sys.modules['torch._meta_registrations']).__name__"


def in_process(script):
    """Run ``script`` in a process of its own, and return the words that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def run(body):
    """Run ``body`` after PyTorch was imported without the rules."""
    return in_process(
        f"import sys\nfrom robustseg import tracing\ntracing.leave_out()\nimport torch\n{body}"
    )


EVERYTHING = """
import json
import torch
from robustseg.attacks.registry import ATTACKS
from robustseg.attacks.request import Request
from robustseg.data.cohort import BRATS
from robustseg.diagnostics.examination import examine
from robustseg.diagnostics.subject import Subject
from robustseg.runtime.lazy import resolve
from robustseg.evaluation.evaluation import evaluate
from robustseg.models.losses import DiceLoss
from robustseg.models.networks import build_network
from robustseg.threat.threat_model import ThreatModel
torch.manual_seed(0)
torch.set_num_threads(1)
network = build_network({"name": "unet3d", "filters": 2, "levels": 2}).eval()
given = dict(
    model=network, image=torch.randn(2, 4, 8, 8, 8), labels=torch.randint(4, (2, 8, 8, 8)),
    epsilon=0.05, seeds=(1, 2), loss=DiceLoss(), threat_model=ThreatModel(), cohort=BRATS,
)
values = {
    "step_size": 0.02, "relative_step": 0.4, "iterations": 3, "queries": 20, "target_class": 2,
}
found = []
for entry in ATTACKS.values():
    parameters = {key: values[key] for key in entry.parameters}
    evaluated = evaluate(
        Request(**given, parameters=parameters), ["a", "b"], craft=resolve(entry.craft),
        record_iterations=entry.iterative,
    )
    found += [evaluated.rows, evaluated.iterations, evaluated.adversarial.double().sum().item()]
found.append(examine(Subject(**given), iterations=3, queries=5))
print(json.dumps(found).replace(" ", ""))
"""


def test_attacks_and_diagnostics_need_none_of_it_and_find_the_same():
    without, left_out = run(f"{EVERYTHING}\nprint({LEFT_OUT})")
    everything, read = in_process(f"import sys\n{EVERYTHING}\nprint({LEFT_OUT})")
    assert (left_out, read) == ("_Later", "module")
    assert without == everything


def test_generators_draw_the_same():
    body = "print(*torch.rand(3, generator=torch.Generator().manual_seed(3)).tolist())"
    expected = torch.rand(3, generator=torch.Generator().manual_seed(3)).tolist()
    assert [float(number) for number in run(body)] == expected
    assert [float(number) for number in run(f"tracing.restore()\n{body}")] == expected


@pytest.mark.parametrize(
    "body",
    [
        "torch.optim.Adam([torch.zeros(1, requires_grad=True)])",
        "torch.use_deterministic_algorithms(True, warn_only=True)",
        "from torch.utils.checkpoint import checkpoint\n"
        "checkpoint(torch.sin, torch.zeros(1, requires_grad=True), use_reentrant=False)",
        "torch.compile(lambda x: x.sin() + 1, backend='aot_eager')(torch.zeros(2))",
        "from torch._functorch import aot_autograd",
    ],
)
def test_what_imports_the_tracer_brings_it_back(body):
    assert run(f"{body}\nprint({LEFT_OUT})") == ["module"]


@pytest.mark.parametrize("script", ["evaluate", "direction", "transfer", "examine"])
def test_jobs_that_attack_do_without(script):
    tree = ast.parse((ROOT / "workflow" / "scripts" / f"{script}.py").read_text())
    before = [ast.unparse(node) for node in tree.body if not isinstance(node, ast.With)]
    assert in_process("\n".join([*before, "import sys", f"print({LEFT_OUT})"])) == ["_Later"]


def test_a_gpu_is_selected_after_it_was_left_out():
    body = """
from robustseg.models import device
device.claim_gpu = lambda count: None
torch.cuda.is_available = lambda: True
print(device.select_device(1).type)
"""
    assert run(body) == ["cuda"]


def test_versions_that_nobody_tried_are_read_as_a_whole():
    body = "import sys, robustseg.runtime.tracing as t; t.TESTED = 'none'; t.leave_out()"
    assert in_process(f"{body}; print({LEFT_OUT})") == ["module"]


def test_the_version_of_the_lock_was_tried():
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    (pinned,) = (line.removeprefix("torch==") for line in lock if line.startswith("torch=="))
    assert pinned.startswith(tracing.TESTED)
    assert tracing.TESTED.count(".") == 2  # no other minor version


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("print(*torch.broadcast_shapes((1, 3), (2, 1)))", ["2", "3"]),
        ("print(torch.func.vmap(torch.func.grad(torch.sin))(torch.zeros(1)).item())", ["1.0"]),
        ("print(*torch.func.jvp(torch.sin, (torch.zeros(1),), (torch.ones(1),))[1])", ["1."]),
        ("print(torch._decomp.decompositions.softplus_backward.__name__)", ["softplus_backward"]),
    ],
)
def test_what_uses_it_by_name_finds_it(body, printed):
    assert [text.removeprefix("tensor(").rstrip(")") for text in run(body)] == printed


def test_other_networks_than_ours_may_trace():
    body = """
from robustseg.models import networks, registry
networks.NETWORKS["traced"] = registry.NetworkEntry(build="torch.nn:Identity")
networks.build_network({"name": "traced"})
pooled = torch.compile(lambda x: torch.nn.functional.max_pool2d(x.sin(), 2), backend="aot_eager")
print(*pooled(torch.zeros(1, 1, 4, 4)).shape)
weight = torch.empty(1, 1, 3, 3, device="meta")
print(*torch.nn.functional.conv2d(torch.empty(1, 1, 8, 8, device="meta"), weight).shape)
"""
    assert run(body) == [*"1122", *"1166"]


def test_a_process_that_has_pytorch_keeps_it_whole():
    rules = sys.modules["torch._meta_registrations"]
    tracing.leave_out()
    assert sys.modules["torch._meta_registrations"] is rules
