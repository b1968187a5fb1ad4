"""Run the diagnostics of a model."""

from robustseg.diagnostics.examination import examine_model
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    examine_model(
        snakemake.params.settings,
        model=snakemake.wildcards.model,
        weights=snakemake.input.weights,
        samples=snakemake.input.samples,
        statistics=snakemake.input.get("statistics") or None,
        output=snakemake.output[0],
        threads=snakemake.params.threads,
    )
