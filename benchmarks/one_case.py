"""One real case at the paper's size: preprocessing, a training step, every attack, all metrics.

    python benchmarks/one_case.py CASE_FOLDER [--size 128] [--filters 16] [--threads 2]

Prints seconds and the process's peak memory after each stage as a Markdown table. The network is
untrained: times do not depend on the weights.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from robustseg.attacks.make_problem import make_problem
from robustseg.attacks.registry import ATTACKS
from robustseg.data.cohort import BRATS
from robustseg.data.layouts.canonical import import_case, read_case
from robustseg.data.layouts.find import find_cases
from robustseg.data.preprocessing.bias_field import correct_bias_field
from robustseg.data.preprocessing.sample import preprocess
from robustseg.data.samples import Sample
from robustseg.evaluation.evaluation import evaluate
from robustseg.models.device import select_device, supports_bfloat16
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.runtime.plugins import resolve
from robustseg.threat.threat_model import ThreatModel

PARAMETERS: dict[str, Any] = {
    **{"step_size": 0.005, "relative_step": 0.25, "iterations": 10, "queries": 10},
    "target_class": 1,
}


def stage(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Run one stage and print its row."""
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| {name} | {seconds:.1f} | {peak:.1f} |", flush=True)
    return result


def make_sample(folder: Path, size: int) -> Sample:
    """Import and preprocess the one case below ``folder``."""
    (files,) = find_cases(folder, cohort=BRATS)
    with tempfile.TemporaryDirectory() as temporary:
        import_case(files, Path(temporary), cohort=BRATS)
        images, labels, _ = read_case(Path(temporary), files.case, cohort=BRATS)
    corrected = [correct_bias_field(image, shrink=4)[0] for image in images]
    return preprocess(
        np.stack(corrected), labels, size=size, standardization="volume", cohort=BRATS
    )


def training_step(model: torch.nn.Module, image: torch.Tensor, labels: torch.Tensor) -> None:
    """Make one update as the workflow's trainings do."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    bfloat16 = supports_bfloat16(image.device)
    with torch.autocast(image.device.type, torch.bfloat16, enabled=bfloat16):
        logits = model(image.to(memory_format=torch.channels_last_3d))
    DiceLoss()(logits.float().softmax(1), one_hot(labels, 4)).mean().backward()
    optimizer.step()


def main() -> None:
    """Run the stages on the case folder of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    device = select_device(options.threads)
    print("| stage | seconds | peak memory so far, GiB |\n|---|---|---|")
    sample = stage("preprocessing with N4", make_sample, options.folder, options.size)
    image = torch.from_numpy(sample.image)[None].to(device)
    labels = torch.from_numpy(sample.labels)[None].to(device)
    torch.manual_seed(0)
    model = UNet3D(filters=options.filters).to(device)
    stage("one training step", training_step, model, image, labels)
    model.eval().requires_grad_(False)
    for name, entry in ATTACKS.items():
        told = {key: PARAMETERS[key] for key in entry.parameters}
        problem = make_problem(
            model=model,
            image=image,
            labels=labels,
            epsilon=0.05,
            threat_model=ThreatModel(),
            loss=DiceLoss(),
            cohort=BRATS,
            seeds=(0,),
            target_class=told.pop("target_class", None),
        )
        attack = partial(resolve(entry.attack), **told)
        evaluated = stage(
            f"{name}, and all metrics of the result",
            partial(evaluate, problem, labels, ["case"], attack=attack, cohort=BRATS),
        )
        assert evaluated.rows[0]["rmse"] is not None


if __name__ == "__main__":
    main()
