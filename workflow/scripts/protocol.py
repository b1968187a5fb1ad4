"""Write the configuration in force, with the versions that computed the study."""

from robustseg.job import job
from robustseg.protocol import write_protocol

with job(snakemake.log[0]):
    write_protocol(
        snakemake.output.yaml,
        snakemake.output.html,
        config=snakemake.params.config,
        split=snakemake.params.split,
    )
