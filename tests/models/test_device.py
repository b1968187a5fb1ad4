import pytest
import torch

from robustseg.models import device
from robustseg.models.device import portions, select_device, supports_bfloat16


@pytest.mark.parametrize("count", range(1, 14))
@pytest.mark.parametrize("size", range(1, 7))
def test_portions_cover_everything_once_and_in_order(count, size):
    items = torch.arange(count)
    parts = [part for (part,) in portions(items, size=size)]
    assert torch.equal(torch.cat(parts), items)
    assert max(map(len, parts)) <= size + 1
    if size > 1 and count > 1:
        assert min(map(len, parts)) >= 2, "a lone volume takes the slow path"
    if size == 1:
        assert set(map(len, parts)) == {1}


def test_portions_cut_all_tensors_alike():
    first, second = torch.arange(7), torch.arange(7) * 10
    for a, b in portions(first, second, size=3):
        assert torch.equal(a * 10, b)


def test_number_of_threads_is_the_configured_one():
    select_device(2)
    assert torch.get_num_threads() == 2
    select_device(1)
    assert torch.get_num_threads() == 1


def test_bfloat16_follows_the_capabilities(monkeypatch):
    cpu = torch.device("cpu")
    for capabilities, expected in [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True, "avx512_bf16": False}, True),
        ({"bf16": True}, True),
        ({"avx512_bf16": False, "avx2": True}, False),
        ({}, False),
    ]:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda c=capabilities: c)
        assert supports_bfloat16(cpu) is expected


def test_a_gpu_computes_deterministically_and_without_tf32(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device, "claim_gpu", lambda count: asked.append("claimed"))
    monkeypatch.setattr(
        torch, "use_deterministic_algorithms", lambda mode, warn_only: asked.append(mode)
    )
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    assert select_device(1) == torch.device("cuda")
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert asked == ["claimed", True]
