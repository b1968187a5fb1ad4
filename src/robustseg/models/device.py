"""Device, precision and portions of the computation."""

from collections.abc import Iterator

import torch
from torch import Tensor

from robustseg.runtime.gpus import claim_gpu


def select_device(threads: int) -> torch.device:
    """Return ``cuda`` if there is a GPU, after waiting for a free one, else ``cpu``.

    A CPU computes with ``threads`` threads. Their number affects the bits of the results, so it
    comes from the configuration and not from the number of free cores.
    """
    torch.set_num_threads(threads)
    claim_gpu(torch.cuda.device_count)
    if not torch.cuda.is_available():
        return torch.device("cpu")
    # Only CUDA has a choice of kernels, and the switch costs a second of imports.
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Attacks follow the signs of float32 gradients, and TF32 keeps only ten bits.
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def supports_bfloat16(device: torch.device) -> bool:
    """Tell whether ``device`` computes in bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(unit, False) for unit in ("avx512_bf16", "amx_bf16", "bf16"))


def portions(*tensors: Tensor, size: int) -> Iterator[tuple[Tensor, ...]]:
    """Yield the tensors in slices of about ``size`` along their first axis.

    A float32 3-D convolution of a single volume takes PyTorch's slow path on a CPU, so a remainder
    of one joins the previous portion.
    """
    count = len(tensors[0])
    starts = list(range(0, count, max(size, 1)))
    if size > 1 and len(starts) > 1 and count - starts[-1] == 1:
        starts.pop()
    for start, stop in zip(starts, [*starts[1:], count], strict=True):
        yield tuple(tensor[start:stop] for tensor in tensors)
