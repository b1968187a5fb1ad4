import pytest
import torch

from robustseg.models.device import in_portions, portions, select_device, supports_bfloat16


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


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_in_portions_is_the_function_on_everything(size):
    x, y = torch.randn(7, 2), torch.randn(7, 2)
    seen = []

    def function(a, b):
        seen.append(len(a))
        return a * b

    result = in_portions(function, x, y, size=size, device=torch.device("cpu"))
    assert torch.equal(result, x * y)
    assert sum(seen) == 7
    assert len(seen) == len(list(portions(x, size=size)))


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
