"""A training step as one writes it down against the library's, on the same network, side by side.

    python benchmarks/training.py --size 32 --filters 8 --levels 4
    python benchmarks/training.py --size 64 --filters 16 --levels 5

Plain: float32, one case a step, torch's own layers and memory order, Adam and the Dice loss.
The library: its layers, bfloat16 autocast where the hardware has it, channels-last, --batch
cases a step. Median seconds per case of steps taken in turn.
"""

import argparse
from collections.abc import Callable
from itertools import count

import torch
from markdown import heading, row
from material import interleaved, phantom_volumes, plain
from torch import Tensor, nn

from robustseg.models.device import supports_bfloat16
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.networks import build_network

LEARNING_RATE = 1e-3


def plain_step(network: nn.Module, image: Tensor, target: Tensor) -> Callable[[], None]:
    """Return a step on one case, the next one at every call."""
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    loss, number = DiceLoss(), count()

    def step() -> None:
        case = next(number) % len(image)
        optimizer.zero_grad()
        probabilities = network(image[case : case + 1]).softmax(1)
        loss(probabilities, target[case : case + 1]).mean().backward()
        optimizer.step()

    return step


def library_step(network: nn.Module, image: Tensor, target: Tensor) -> Callable[[], None]:
    """Return a step on all cases, as `robustseg.training.loop` takes it."""
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=supports_bfloat16(torch.device("cpu")))
    image, loss = image.to(memory_format=torch.channels_last_3d), DiceLoss()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with autocast:
            logits = network(image)
        loss(logits.float().softmax(1), target).mean().backward()
        optimizer.step()

    return step


def main() -> None:
    """Time both with each number of threads and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=32, help="voxels per side")
    parser.add_argument("--filters", type=int, default=8, help="channels of the finest level")
    parser.add_argument("--levels", type=int, default=4, help="resolutions of the network")
    parser.add_argument("--batch", type=int, default=2, help="cases a step of the library")
    parser.add_argument("--rounds", type=int, default=9, help="steps of each that are measured")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args()

    image, labels = phantom_volumes(chosen.batch, chosen.size)
    target = one_hot(labels, 4)
    torch.manual_seed(0)
    network = build_network(
        {"name": "robustseg.models.unet:UNet3D", "filters": chosen.filters, "levels": chosen.levels}
    ).train()
    calls = {
        "plain": plain_step(plain(network), image, target),
        "library": library_step(network, image, target),
    }
    print(heading("size", "filters", "threads", "plain (s)", "library (s)", "ratio"))
    for threads in chosen.threads:
        torch.set_num_threads(threads)
        taken = interleaved(calls, chosen.rounds)
        ours = taken["library"] / chosen.batch
        cells = (f"{chosen.size}³", chosen.filters, threads, f"{taken['plain']:.3f}")
        print(row([*cells, f"{ours:.3f}", f"{taken['plain'] / ours:.1f}"]), flush=True)


if __name__ == "__main__":
    main()
