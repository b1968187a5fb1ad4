"""Evaluate one model under one attack at one epsilon."""

from robustseg.evaluation.run import Inputs, Outputs, run
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    run(
        snakemake.params.request,
        model=snakemake.wildcards.model,
        attack=snakemake.wildcards.attack,
        epsilon=float(snakemake.wildcards.epsilon),
        inputs=Inputs(
            weights=snakemake.input.weights,
            samples=snakemake.input.samples,
            statistics=snakemake.input.get("statistics") or None,
            direction=snakemake.input.get("direction") or None,
        ),
        outputs=Outputs(**dict(snakemake.output.items())),
        threads=snakemake.params.threads,
    )
