"""Write the case folder of one phantom."""

from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    write_phantom(
        Path(snakemake.output[0]).parent,
        case=snakemake.wildcards.case,
        seed=snakemake.params.seed,
        size=snakemake.params.size,
        sequences=Cohort.from_json(snakemake.params.cohort).sequences,
    )
