"""Train one model."""

from robustseg.runtime.job import job
from robustseg.training.recipe import Paths, train_from_recipe

with job(snakemake.log[0]):
    train_from_recipe(
        snakemake.params.recipe,
        name=snakemake.wildcards.model,
        paths=Paths(
            samples=snakemake.input.samples,
            statistics=snakemake.input.get("statistics") or None,
            teacher=snakemake.input.get("teacher") or None,
            weights=snakemake.output.weights,
            history=snakemake.output.history,
            tensorboard=snakemake.output.tensorboard,
            checkpoint=snakemake.params.checkpoint,
        ),
        code=snakemake.params.code,
        threads=snakemake.params.threads,
    )
