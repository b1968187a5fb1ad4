"""Measure what a model's apparent robustness rests on."""

from robustseg.runtime import tracing
from robustseg.runtime.job import job

tracing.leave_out()  # before anything imports PyTorch

from robustseg.diagnostics.examination import run

with job(snakemake.log[0]):
    run(
        snakemake.params.settings,
        model=snakemake.wildcards.model,
        weights=snakemake.input.weights,
        samples=snakemake.input.samples,
        statistics=snakemake.input.get("statistics") or None,
        output=snakemake.output[0],
        threads=snakemake.params.threads,
    )
