"""An evaluation, from its input files to its output files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from robustseg.data.cohort import Cohort
from robustseg.evaluation.batches import Batch, attack_of, batches
from robustseg.evaluation.evaluation import Evaluated, Row, evaluate
from robustseg.evaluation.example import Example
from robustseg.evaluation.scores import iteration_columns, score_columns, write_rows
from robustseg.models.device import select_device
from robustseg.models.weights import load_model
from robustseg.runtime.files import atomic_path
from robustseg.runtime.plugins import called
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Files that an evaluation writes; `iterations` only for iterative attacks."""

    scores: str
    protocol: str
    example: str
    iterations: str | None = None


def attacked_batches(
    request: Mapping[str, Any],
    *,
    weights: str,
    samples: Sequence[str],
    statistics: str | None,
    epsilon: float,
    device: torch.device,
    record_iterations: bool = False,
) -> Iterator[tuple[Batch, Evaluated]]:
    """Yield all test cases, some at a time, with their evaluation under the attack.

    Args:
        request: `Study.request`.
        weights: of the model.
        samples: files, one per case.
        statistics: of the cohort, or None.
        epsilon: radius as a fraction of the threat model's peak.
        device: of the model and the volumes.
        record_iterations: evaluate every iterate of an iterative attack too.

    Raises:
        InputError: a file is damaged, the model's output is not finite, or the attack breaks its
            contract.
    """
    network = load_model(weights, network=request["network"]).to(device)
    cohort, attack = Cohort.from_json(request["cohort"]), attack_of(request)
    for batch in batches(
        request,
        model=network,
        samples=samples,
        statistics=statistics,
        device=device,
        epsilon=epsilon,
    ):
        with called(request["network"], alone=False), called(request["attack"]):
            evaluated = evaluate(
                batch.problem,
                batch.labels,
                batch.cases,
                attack=attack,
                cohort=cohort,
                record_iterations=record_iterations,
            )
        yield batch, evaluated


def evaluate_model(
    request: Mapping[str, Any],
    *,
    model: str,
    attack: str,
    epsilon: float,
    weights: str,
    samples: Sequence[str],
    statistics: str | None,
    outputs: Outputs,
    threads: int,
) -> None:
    """Evaluate ``model`` under ``attack`` at ``epsilon`` on all test cases.

    Args:
        request: `Study.request`.
        model: name, for the protocol.
        attack: name in the study, for the protocol.
        epsilon: radius as a fraction of the threat model's peak.
        weights: of the model.
        samples: files, one per case.
        statistics: of the cohort, or None.
        outputs: files to write.
        threads: of a CPU.

    Raises:
        InputError: a file is damaged, the model's output is not finite, or the attack breaks its
            contract.
    """
    device, cohort = select_device(threads), Cohort.from_json(request["cohort"])
    example = Example(cohort)
    rows: list[Row] = []
    iterations: list[Row] = []
    for batch, evaluated in attacked_batches(
        request,
        weights=weights,
        samples=samples,
        statistics=statistics,
        epsilon=epsilon,
        device=device,
        record_iterations=outputs.iterations is not None,
    ):
        rows.extend(evaluated.rows)
        iterations.extend(evaluated.iterations)
        example.update(evaluated, batch.labels)
    example.write(outputs.example)
    _write_protocol(
        outputs.protocol, request, model=model, attack=attack, epsilon=epsilon, device=str(device)
    )
    if outputs.iterations is not None:
        write_rows(outputs.iterations, iterations, iteration_columns(cohort))
    write_rows(outputs.scores, rows, score_columns(cohort))


def _write_protocol(path: str, request: Mapping[str, Any], **names: object) -> None:
    states = ThreatModel(**request["threat_model"]).describe()
    stated = {**request, "function": request["attack"], **names, "states": states}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(stated, indent=1) + "\n")
