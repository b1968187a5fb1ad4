"""Compute the worst case of every case over the ensemble of attacks."""

from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.scores import read_scores
from robustseg.statistics.worst_case import worst_case
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    table = worst_case(
        read_scores(snakemake.input[0]),
        models=snakemake.params.models,
        ensemble=snakemake.params.ensemble,
        epsilons=snakemake.params.epsilons,
        name=snakemake.params.name,
    ).assign(threat_model=state(snakemake.params.threat_model))
    with atomic_path(snakemake.output[0]) as temporary:
        # As in scores.csv: nine digits, so that equal scores are equal text.
        table.to_csv(temporary, index=False, float_format="%.9g", lineterminator="\n")
