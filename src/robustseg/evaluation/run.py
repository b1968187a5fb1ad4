"""An evaluation from its files to its files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustseg.attacks.registry import ATTACKS
from robustseg.data.cohort import Cohort
from robustseg.evaluation.evaluation import Row, evaluate
from robustseg.evaluation.example import find_example, write_example
from robustseg.evaluation.requests import case_names, requests
from robustseg.evaluation.scores import iteration_columns, score_columns, write_rows
from robustseg.models.device import select_device
from robustseg.models.weights import load_model
from robustseg.runtime.files import atomic_path
from robustseg.runtime.lazy import resolve
from robustseg.threat.threat_model import ThreatModel


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Files that an evaluation reads; `direction` is that of a one-step attack."""

    weights: str
    samples: Sequence[str]
    statistics: str | None = None
    direction: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Files that an evaluation writes; `iterations` only for iterative attacks."""

    scores: str
    protocol: str
    example: str
    iterations: str | None = None


def run(
    request: Mapping[str, Any],
    *,
    model: str,
    attack: str,
    epsilon: float,
    inputs: Inputs,
    outputs: Outputs,
    threads: int,
) -> None:
    """Evaluate ``model`` under ``attack`` at ``epsilon`` on all test cases.

    Args:
        request: `Study.request`: method, parameters, threat_model, loss, batch_size, seed;
            and cohort, where it is another than that of BraTS.
        model: name, for the protocol.
        attack: name in the study, for the protocol.
        epsilon: radius as a fraction of the threat model's peak.
        inputs: files to read.
        outputs: files to write.
        threads: of a CPU.

    Raises:
        InputError: a file is damaged, or the model's output is not finite.
    """
    device = select_device(threads)
    network = load_model(inputs.weights).to(device)
    cases, craft = case_names(inputs.samples), resolve(ATTACKS[request["method"]].craft)
    cohort = Cohort.from_json(request.get("cohort"))
    example = find_example(inputs.samples, cohort)
    rows: list[Row] = []
    iterations: list[Row] = []
    for indices, wanted in requests(
        request,
        model=network,
        samples=inputs.samples,
        statistics=inputs.statistics,
        device=device,
        epsilon=epsilon,
        direction=inputs.direction,
    ):
        evaluated = evaluate(
            wanted,
            [cases[index] for index in indices],
            craft=craft,
            record_iterations=outputs.iterations is not None,
        )
        rows.extend(evaluated.rows)
        iterations.extend(evaluated.iterations)
        if example in indices:
            write_example(outputs.example, evaluated, wanted.labels, indices.index(example), cohort)
    _write_protocol(
        outputs.protocol, request, model=model, attack=attack, epsilon=epsilon, device=str(device)
    )
    if outputs.iterations is not None:
        write_rows(outputs.iterations, iterations, iteration_columns(cohort))
    write_rows(outputs.scores, rows, score_columns(cohort))


def _write_protocol(path: str, request: Mapping[str, Any], **names: object) -> None:
    stated = {**names, **request, "states": ThreatModel(**request["threat_model"]).describe()}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(stated, indent=1) + "\n")
