"""What every attack of the configuration's adaptive section costs: seconds and passes a case.

    python benchmarks/robustness.py --size 32 --filters 8 --levels 4 --cases 4
    python benchmarks/robustness.py --size 64 --filters 16 --levels 5 --attacks pgd-dice sea

FGSM is measured beside them, before and after: times are also given in FGSMs. The network is one
of a few steps of training; the number of passes does not depend on its weights.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import torch
import yaml
from markdown import heading, row
from material import phantom_volumes
from torch import Tensor, nn
from training import library_step

from robustseg.attacks.make_problem import make_problem
from robustseg.attacks.registry import ATTACKS, PROBLEM
from robustseg.data.cohort import BRATS
from robustseg.models.device import portions, select_device
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.networks import build_network
from robustseg.runtime.plugins import resolve
from robustseg.threat.registry import OBJECTIVES
from robustseg.threat.threat_model import ThreatModel

CONFIG = Path(__file__).resolve().parents[1] / "config" / "config.yaml"
TRAINING_STEPS = 20
OWN = ("method",)


class Counting(nn.Module):
    """A network that counts the cases it is shown, with and without a way back."""

    def __init__(self, network: nn.Module) -> None:
        """Wrap ``network``."""
        super().__init__()
        self.network = network
        self.gradients = self.forwards = 0

    def forward(self, image: Tensor) -> Tensor:
        """Return the network's logits."""
        if image.requires_grad and torch.is_grad_enabled():
            self.gradients += len(image)
        else:
            self.forwards += len(image)
        logits: Tensor = self.network(image)
        return logits


def run(
    network: nn.Module, image: Tensor, labels: Tensor, entry: dict[str, Any], batch: int
) -> tuple[float, float, float]:
    """Attack all cases; return seconds, gradients and other forward passes a case."""
    parameters = {key: value for key, value in entry.items() if key not in OWN}
    if parameters.get("scale") == "temperature":
        parameters["scale"] = 1.0
    posed = {key: parameters.pop(key) for key in PROBLEM if key in parameters}
    if "loss" in posed:
        posed["objective"] = OBJECTIVES[posed.pop("loss")]
    attack, counting = resolve(ATTACKS[entry["method"]].attack), Counting(network)
    start, cases = time.process_time(), len(image)
    for some, truth, seeds in portions(image, labels, torch.arange(cases), size=batch):
        problem = make_problem(
            model=counting,
            image=some,
            labels=truth,
            epsilon=0.05,
            threat_model=ThreatModel(),
            loss=DiceLoss(),
            cohort=BRATS,
            seeds=tuple(seeds.tolist()),
            **posed,
        )
        problem.threat_model.audit(attack(problem, **parameters), some, epsilon=problem.epsilon)
    seconds = time.process_time() - start
    return seconds / cases, counting.gradients / cases, counting.forwards / cases


def main() -> None:
    """Time every attack of the configuration and print a Markdown table."""
    entries = yaml.safe_load(CONFIG.read_text())["adaptive"]["attacks"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=32, help="voxels per side")
    parser.add_argument("--filters", type=int, default=8, help="channels of the finest level")
    parser.add_argument("--levels", type=int, default=4, help="resolutions of the network")
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--batch", type=int, default=4, help="cases at once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--attacks", nargs="+", choices=list(entries), default=list(entries))
    chosen = parser.parse_args()

    select_device(chosen.threads)
    image, labels = phantom_volumes(chosen.cases, chosen.size)
    torch.manual_seed(0)
    network = build_network(
        {"name": "robustseg.models.unet:UNet3D", "filters": chosen.filters, "levels": chosen.levels}
    ).train()
    step = library_step(network, image[:2], one_hot(labels[:2], 4))
    for _ in range(TRAINING_STEPS):
        step()
    network = network.eval().requires_grad_(False)

    def fgsm() -> float:
        return run(network, image, labels, {"method": "fgsm"}, chosen.batch)[0]

    fgsm()  # the first gradient of a process also pays for its memory
    unit, found = [fgsm()], {}
    for name in chosen.attacks:
        found[name] = run(network, image, labels, entries[name], chosen.batch)
        unit.append(fgsm())
    once = statistics.median(unit)
    print(heading("attack", "method", "gradients", "other passes", "CPU s a case", "FGSMs"))
    print(row(["fgsm", "fgsm", 1, 0, f"{once:.3f}", 1]))
    for name, (seconds, gradients, forwards) in found.items():
        cells = [name, entries[name]["method"], f"{gradients:g}", f"{forwards:g}"]
        print(row([*cells, f"{seconds:.2f}", f"{seconds / once:.0f}"]))


if __name__ == "__main__":
    main()
