"""What a process computes after PyTorch was imported without its rules for tracing."""

import subprocess
import sys
from pathlib import Path

import pytest

import robustseg

SOURCE = Path(robustseg.__file__).parents[1]
LEFT_OUT = "type(sys.modules['torch._meta_registrations']).__name__"


def run(body):
    """Run ``body`` in a process of its own, and return what it printed."""
    script = f"import sys\nfrom robustseg import tracing\ntracing.leave_out()\nimport torch\n{body}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_gradient_of_the_network_needs_none_of_it_and_is_the_same():
    body = """
from robustseg.models.networks import build_network
from robustseg.threat.gradient import loss_gradient
from robustseg.models.losses import DiceLoss
torch.manual_seed(0)
torch.set_num_threads(1)
network = build_network({"name": "unet3d", "filters": 4, "levels": 3}).eval()
image, labels = torch.randn(2, 4, 16, 16, 16), torch.randint(4, (2, 16, 16, 16))
gradient = loss_gradient(network, image, labels, loss=DiceLoss())
print(gradient.double().sum().item().hex(), gradient.abs().max().item().hex())
"""
    *without, left_out = run(f"{body}\nprint({LEFT_OUT})")
    *everything, read = run(f"tracing.restore()\n{body}\nprint({LEFT_OUT})")
    assert (left_out, read) == ("_Later", "module")
    assert without == everything


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
    import torch._meta_registrations as rules

    from robustseg import tracing

    tracing.leave_out()
    assert sys.modules["torch._meta_registrations"] is rules
