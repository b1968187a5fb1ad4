"""Evaluate one model under one attack at one epsilon."""

from robustseg.evaluation.run import Outputs, evaluate_model
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    evaluate_model(
        snakemake.params.request,
        model=snakemake.wildcards.model,
        attack=snakemake.wildcards.attack,
        epsilon=float(snakemake.wildcards.epsilon),
        weights=snakemake.input.weights,
        samples=snakemake.input.samples,
        statistics=snakemake.input.get("statistics") or None,
        outputs=Outputs(**dict(snakemake.output.items())),
        threads=snakemake.params.threads,
    )
