"""A sweep of attacks as one writes it with torchattacks or foolbox, against the library's way.

    python benchmarks/attacks.py --size 32 --filters 8 --levels 4 --cases 4
    python benchmarks/attacks.py --size 64 --filters 16 --levels 5 --cases 2

FGSM at epsilon 0.01 to 0.10 and i-FGSM at 0.05 (10 steps of 0.005), then the Dice coefficient of
the three regions each. Everyone attacks the same Dice loss of the same network in float32, within
the range of the whole volume. Plain: a loop over cases and epsilons, one volume at a time. The
library: as its workflow does, in batches. CPU seconds,
so that other work on the machine matters little.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial

import torch
from adapters import with_foolbox, with_torchattacks
from markdown import heading, row
from material import phantom_volumes, plain
from sweeps import THREAT_MODEL, Swept, one_by_one, with_library
from torch import Tensor
from training import library_step

from robustseg.models.losses import one_hot
from robustseg.models.networks import build_network
from robustseg.models.weights import load_model, save_weights

TRAINING_STEPS = 20
REFERENCE = "robustseg, torch's layers, one by one"


def report(found: dict[str, Swept], image: Tensor) -> None:
    """Print how far everyone's volumes and scores are from the library's with torch's layers.

    That comparison has no rounding in it: same layers, same batches. The library's own layers and
    batches round differently, which turns the sign of gradients near 0; i-FGSM adds that up.
    """
    volumes, scores = found.pop(REFERENCE)
    threshold = 1e-5 * THREAT_MODEL.peak(image)
    print("\n" + heading("from", "attack", "voxels that differ", "mean Dice", "difference"))
    for name, (theirs, their_scores) in found.items():
        differ = ((theirs - volumes).abs() > threshold).flatten(1).double().mean(1)
        for attack, chosen in (("FGSM", slice(0, -1)), ("i-FGSM", slice(-1, None))):
            change = their_scores[chosen].mean() - scores[chosen].mean()
            cells = (name, attack, f"{differ[chosen].max():.1e}", f"{scores[chosen].mean():.4f}")
            print(row([*cells, f"{change:+.1e}"]))


def main() -> None:
    """Time everyone, the library before and after each, and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=32, help="voxels per side")
    parser.add_argument("--filters", type=int, default=8, help="channels of the finest level")
    parser.add_argument("--levels", type=int, default=4, help="resolutions of the network")
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--batch", type=int, default=4, help="cases at once in the library")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()

    torch.set_num_threads(chosen.threads)
    image, labels = phantom_volumes(chosen.cases, chosen.size)
    architecture = {
        "name": "robustseg.models.unet:UNet3D",
        "filters": chosen.filters,
        "levels": chosen.levels,
    }
    torch.manual_seed(0)
    network = build_network(architecture).train()
    step = library_step(network, image[:2], one_hot(labels[:2], 4))
    for _ in range(TRAINING_STEPS):
        step()

    with tempfile.TemporaryDirectory() as folder:
        save_weights(f"{folder}/weights.safetensors", network, architecture)
        frozen, loops = load_model(f"{folder}/weights.safetensors"), plain(network).eval()
        library = partial(with_library, image=image, labels=labels)
        sweeps: dict[str, Callable[[], Swept]] = {
            "torchattacks": lambda: one_by_one(with_torchattacks, loops, image, labels),
            "foolbox": lambda: one_by_one(with_foolbox, loops, image, labels),
            "robustseg": lambda: library(frozen, size=chosen.batch),
        }
        found: dict[str, Swept] = {}
        taken: dict[str, list[float]] = {name: [] for name in sweeps}
        for name in ("robustseg", "torchattacks", "robustseg", "foolbox", "robustseg"):
            start = time.process_time()
            found[name] = sweeps[name]()
            taken[name].append((time.process_time() - start) / chosen.cases)
        found[REFERENCE] = library(loops, size=1)
    ours = statistics.median(taken.pop("robustseg"))
    print(heading("size", "filters", "loop", "plain (CPU s)", "robustseg (CPU s)", "ratio"))
    for name, (theirs,) in taken.items():
        cells = (f"{chosen.size}³", chosen.filters, name, f"{theirs:.2f}", f"{ours:.2f}")
        print(row([*cells, f"{theirs / ours:.1f}"]))
    report(found, image)


if __name__ == "__main__":
    main()
