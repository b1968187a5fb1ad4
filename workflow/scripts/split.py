"""Write the training and test cases."""

from pathlib import Path

from robustseg.data.split.split import Split, write_split
from robustseg.data.validation.cohort import invalid_cases
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    split = Split(train=tuple(snakemake.params.train), test=tuple(snakemake.params.test))
    table = snakemake.input.get("validation")
    write_split(
        Path(snakemake.output[0]),
        split,
        groups=snakemake.params.groups,
        strata=snakemake.params.strata,
        skipped=invalid_cases(table) if table else (),
    )
