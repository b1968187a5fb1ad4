"""Where the computation runs, in what precision, and in what portions."""

from collections.abc import Iterator

import torch
from torch import Tensor

from robustseg.runtime.gpus import claim_gpu


def select_device(threads: int) -> torch.device:
    """Return ``cuda`` when there is one (free, if need be waited for), else ``cpu``.

    A CPU computes with ``threads`` threads. Their number is part of the result's bits: it comes
    from the configuration, never from the number of cores that happen to be free.
    """
    torch.set_num_threads(threads)
    claim_gpu(torch.cuda.device_count)
    if not torch.cuda.is_available():
        return torch.device("cpu")
    # Only CUDA has kernels to choose between, and the switch costs a second of imports.
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Attacks follow signs of float32 gradients; TF32 keeps ten bits of them.
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def supports_bfloat16(device: torch.device) -> bool:
    """Tell whether ``device`` computes in bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(unit, False) for unit in ("avx512_bf16", "amx_bf16", "bf16"))


def portions(*tensors: Tensor, size: int) -> Iterator[tuple[Tensor, ...]]:
    """Yield the tensors in slices of about ``size`` along their first axis, the last no lone one.

    A float32 3-D convolution of a single volume takes PyTorch's slow path on a CPU, so a
    remainder of one is drawn into the portion before it.
    """
    count = len(tensors[0])
    starts = list(range(0, count, max(size, 1)))
    if size > 1 and len(starts) > 1 and count - starts[-1] == 1:
        starts.pop()
    for start, stop in zip(starts, [*starts[1:], count], strict=True):
        yield tuple(tensor[start:stop] for tensor in tensors)
