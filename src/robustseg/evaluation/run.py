"""An evaluation, from its input files to its output files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustseg.data.cohort import Cohort
from robustseg.evaluation.batches import attack_of, batches
from robustseg.evaluation.evaluation import Row, evaluate
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
    device = select_device(threads)
    network = load_model(weights, network=request["network"]).to(device)
    cohort, function = Cohort.from_json(request["cohort"]), attack_of(request)
    example = Example(cohort)
    rows: list[Row] = []
    iterations: list[Row] = []
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
                attack=function,
                cohort=cohort,
                record_iterations=outputs.iterations is not None,
            )
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
