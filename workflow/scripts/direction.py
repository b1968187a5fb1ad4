"""Compute the direction of a one-step attack for every test case."""

from robustseg.evaluation.direction import run
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    run(
        snakemake.params.request,
        weights=snakemake.input.weights,
        samples=snakemake.input.samples,
        statistics=snakemake.input.get("statistics") or None,
        output=snakemake.output[0],
        threads=snakemake.params.threads,
    )
