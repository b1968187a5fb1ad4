"""Transfer attacks from one model to all models: a row of the transfer matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

from robustseg.data.cohort import Cohort
from robustseg.evaluation.evaluation import Row, measure, predict
from robustseg.evaluation.run import attacked_batches
from robustseg.evaluation.scores import dice_columns, write_rows
from robustseg.models.device import select_device
from robustseg.models.weights import load_model
from robustseg.runtime.errors import InputError


def transfer_row(
    request: Mapping[str, Any],
    *,
    source: str,
    weights: Mapping[str, str],
    samples: Sequence[str],
    statistics: str | None,
    epsilon: float,
    output: str,
    threads: int,
) -> None:
    """Attack ``source`` and evaluate every model on the attacked volumes.

    The volumes are those of the evaluation of ``source`` with the same request, so the rows of
    ``source`` have the scores of that evaluation. Only the source and one target are in memory at
    a time.

    Args:
        request: `Study.request` of the attack on the source.
        source: name of the attacked model.
        weights: files by model, in the order of the rows; the source among them.
        samples: files, one per case.
        statistics: of the cohort, or None.
        epsilon: radius as a fraction of the threat model's peak.
        output: CSV with the columns target, case and the Dice of each region; cases in the order
            of ``samples`` within each target.
        threads: of a CPU.

    Raises:
        InputError: a file is damaged, or a model's output is not finite.
    """
    device, cohort = select_device(threads), Cohort.from_json(request["cohort"])
    rows: dict[str, list[Row]] = {target: [] for target in weights}
    for batch, attacked in attacked_batches(
        request,
        weights=weights[source],
        samples=samples,
        statistics=statistics,
        epsilon=epsilon,
        device=device,
    ):
        for target, path in weights.items():
            if target == source:
                rows[target] += attacked.rows
                continue
            model = load_model(path, network=request["network"]).to(device)
            try:
                prediction = predict(model, attacked.adversarial, classes=len(cohort.classes))
            except InputError as error:
                raise InputError(f"{path}: {error}") from error
            # As if clean: the evaluation already has the image quality.
            measured = measure(
                prediction,
                batch.labels,
                attacked.adversarial,
                batch.problem.image,
                clean=True,
                regions=cohort.regions,
            )
            rows[target] += [
                {"case": name, **values} for name, values in zip(batch.cases, measured, strict=True)
            ]
    every = [{"target": target, **row} for target in weights for row in rows[target]]
    write_rows(output, every, ("target", "case", *dice_columns(cohort)))
