"""``python -m robustseg.check FILE:NAME``: does a plug-in keep its contract?

An attack stays within the ball, attacks a case the same in any batch and in any run, and beats
random signs on a linear model. A defense makes two updates of a small training. A network gives
finite logits of the right shape, and a gradient. What is checked is told from what NAME is.
"""

import argparse
import inspect
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from robustseg.attacks.problem import Problem
from robustseg.attacks.random_noise import random_signs
from robustseg.defenses.undefended import Undefended
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.networks import build_network
from robustseg.runtime.errors import InputError
from robustseg.runtime.plugins import called, resolve
from robustseg.study.plugins import CHANNELS, attack_entry, channels, defense_entry, network_entry
from robustseg.threat.gradient import loss_and_gradient
from robustseg.threat.threat_model import ThreatModel
from robustseg.training.recipe import build_defense

SHAPE = (3, 4, 16, 16, 16)
FINE = (3, 4, 64, 64, 64)
"""For networks, which may have many resolutions."""
CLASSES = 4


class Linear(nn.Module):
    """Logits linear in every voxel: the worst volume is known, and one step reaches it."""

    def __init__(self) -> None:
        """Fix the weights."""
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        weight = torch.randn(CLASSES, SHAPE[1], generator=generator)
        self.weight = nn.Parameter(weight[..., None, None, None], requires_grad=False)

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits."""
        return nn.functional.conv3d(image, self.weight)


def _problem(shape: tuple[int, ...] = SHAPE) -> Problem:
    generator, model = torch.Generator().manual_seed(1), Linear().eval()
    image = torch.randn(shape, generator=generator)
    target = model(image + 0.3 * torch.randn(shape, generator=generator)).argmax(1)
    return Problem(model=model, image=image, target=target, epsilon=0.1, seeds=(1, 2, 3))


def check_attack(attack: Callable[..., Tensor], parameters: dict[str, Any]) -> None:
    """Check the contract of an attack.

    Raises:
        InputError: one line that says what it breaks.
    """
    problem = _problem()
    found = attack(problem, **parameters)
    if not isinstance(found, Tensor) or found.shape != problem.image.shape:
        raise InputError("returns no volumes of the shape that it was given")
    problem.threat_model.audit(found, problem.image, epsilon=problem.epsilon)
    if not torch.equal(attack(problem, **parameters), found):
        raise InputError("gives other volumes the second time; draw with problem.draw alone")
    for case in range(len(problem.image)):
        part = slice(case, case + 1)
        alone = replace(
            problem,
            image=problem.image[part],
            target=problem.target[part],
            seeds=problem.seeds[part],
        )
        if not torch.allclose(attack(alone, **parameters), found[part], atol=1e-5):
            raise InputError("attacks a case otherwise when it is alone; keep the cases apart")
    reached, noise = (
        problem.rank(problem.logits(volumes)) for volumes in (found, random_signs(problem))
    )
    if not (reached > noise).all():
        raise InputError("does no more harm than random signs on a linear model; follow a gradient")


def check_defense(target: str, parameters: dict[str, Any]) -> None:
    """Check the contract of a defense: two updates of a small training.

    Raises:
        InputError: one line that says what it breaks.
    """
    torch.manual_seed(0)
    problem, network = _problem(), nn.Conv3d(SHAPE[1], CLASSES, 3, padding=1)
    labels = one_hot(problem.target, CLASSES)
    available = {"temperature": 1, "loss": DiceLoss(), "threat_model": ThreatModel()}
    available |= {"teacher": problem.model, "teacher_temperature": 1}
    defense = build_defense(target, **available, **parameters)
    optimizer, updates = torch.optim.Adam(network.parameters()), 0
    for seed in range(2):
        generator = torch.Generator().manual_seed(seed)
        for image, wanted in defense.updates(network, problem.image, labels, generator=generator):
            if image.shape != problem.image.shape or wanted.shape != labels.shape:
                raise InputError("yields a pair of other shapes than the batch's")
            optimizer.zero_grad()
            value = DiceLoss()((network(image) / defense.temperature).softmax(1), wanted).mean()
            value.backward()
            optimizer.step()
            updates += 1
            if not torch.isfinite(value):
                raise InputError("makes a loss that is not finite")
    if not updates:
        raise InputError("yields no pair: no update would ever be made")


def check_network(target: str, parameters: dict[str, Any]) -> None:
    """Check the contract of a network.

    Raises:
        InputError: one line that says what it breaks.
    """
    torch.manual_seed(0)
    counts = channels(target, sequences=SHAPE[1], classes=CLASSES)
    network = build_network({"name": target, **counts, **parameters}).eval()
    problem = _problem(FINE)
    found = loss_and_gradient(network, problem.image, problem.target, loss=DiceLoss())
    if found.logits.shape != (len(problem.image), CLASSES, *FINE[2:]):
        raise InputError(f"gives logits of the shape {tuple(found.logits.shape)}")
    if not found.gradient.abs().sum() > 0:
        raise InputError("has no gradient with respect to its image")


def _takes_channels(found: object) -> bool:
    names = {*CHANNELS, *CHANNELS.values()}
    return callable(found) and bool(names & set(inspect.signature(found).parameters))


def check(target: str, parameters: dict[str, Any]) -> str:
    """Check what ``target`` names, ``"module:object"`` or ``"file.py:object"``; say what it is.

    Raises:
        InputError: it cannot be resolved, takes other parameters, or breaks its contract.
    """
    found = resolve(target)
    kind, look_up = "attack", attack_entry
    if isinstance(found, type) and issubclass(found, Undefended):
        kind, look_up = "defense", defense_entry  # type: ignore[assignment]
    elif (isinstance(found, type) and issubclass(found, nn.Module)) or _takes_channels(found):
        kind, look_up = "network", network_entry  # type: ignore[assignment]
    entry = look_up(target, ())
    missing = [key for key in entry.parameters if key not in (*parameters, "teacher")]
    if missing:
        raise InputError(f"{target}: needs {', '.join(missing)}; give KEY=VALUE after the name")
    surplus = [key for key in parameters if key not in (*entry.parameters, *entry.optional)]
    if surplus:
        raise InputError(f"{target}: takes no {', '.join(surplus)}; remove it")
    with called(target):
        if kind == "attack":
            check_attack(found, parameters)
        elif kind == "defense":
            check_defense(target, parameters)
        else:
            check_network(target, parameters)
    return kind


def main(arguments: Sequence[str] | None = None) -> None:
    """Check the plug-in of the command line; exit with 1 and one line where it fails."""
    import yaml

    parser = argparse.ArgumentParser(prog="python -m robustseg.check", description=__doc__)
    parser.add_argument("target", help="file.py:name or package.module:name")
    parser.add_argument("parameters", nargs="*", metavar="KEY=VALUE")
    chosen = parser.parse_args(arguments)
    logging.getLogger("robustseg").addHandler(logging.NullHandler())
    pairs = (entry.partition("=") for entry in chosen.parameters)
    try:
        kind = check(chosen.target, {key: yaml.safe_load(value) for key, _, value in pairs})
    except InputError as error:
        said = str(error)
        sys.exit(said if said.startswith(chosen.target) else f"{chosen.target}: {said}")
    print(f"{chosen.target}: a sound {kind}")


if __name__ == "__main__":
    main()
