"""Write the configuration of the study, with the versions of the libraries."""

from robustseg.data.validation.cohort import invalid_cases
from robustseg.runtime.job import job
from robustseg.study.protocol import write_protocol

with job(snakemake.log[0]):
    table = snakemake.input.get("validation")
    skipped = set(invalid_cases(table)) if table else set()
    write_protocol(
        snakemake.output.yaml,
        snakemake.output.html,
        config=snakemake.params.config,
        split=[len(set(side) - skipped) for side in snakemake.params.split],
    )
