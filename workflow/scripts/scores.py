"""Join the rows of many evaluations into one long table."""

from robustseg.data.cohort import Cohort
from robustseg.evaluation.scores import iteration_columns, score_columns
from robustseg.runtime.job import job
from robustseg.statistics.long_table import write_long_table
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    columns = iteration_columns if snakemake.params.iterations else score_columns
    write_long_table(
        snakemake.output[0],
        dict(zip(map(tuple, snakemake.params.evaluations), snakemake.input, strict=True)),
        seeds=snakemake.params.seeds,
        threat_model=state(snakemake.params.threat_model),
        columns=columns(Cohort.from_json(snakemake.params.cohort)),
    )
