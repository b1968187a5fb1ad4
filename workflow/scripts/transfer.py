"""Attack one model and evaluate all models on its adversarial examples."""

from robustseg.evaluation.transfer import transfer_row
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    transfer_row(
        snakemake.params.request,
        source=snakemake.wildcards.model,
        weights=dict(zip(snakemake.params.models, snakemake.input.weights, strict=True)),
        samples=snakemake.input.samples,
        statistics=snakemake.input.get("statistics") or None,
        epsilon=snakemake.params.epsilon,
        output=snakemake.output[0],
        threads=snakemake.params.threads,
    )
