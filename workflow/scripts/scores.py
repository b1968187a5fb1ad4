"""Join the rows of many evaluations into one long table."""

from robustseg.data.cohort import Cohort
from robustseg.evaluation.seeds import join_networks
from robustseg.runtime.job import job
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    join_networks(
        snakemake.output[0],
        dict(zip(map(tuple, snakemake.params.evaluations), snakemake.input, strict=True)),
        seeds=snakemake.params.seeds,
        threat_model=state(snakemake.params.threat_model),
        iterations=snakemake.params.iterations,
        cohort=Cohort.from_json(snakemake.params.cohort),
    )
