"""Join the rows of the transfer matrix."""

from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.transfer import join_transfer
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    files = dict(zip(snakemake.params.models, snakemake.input, strict=True))
    table = join_transfer(files).assign(
        **snakemake.params.transfer, threat_model=state(snakemake.params.threat_model)
    )
    with atomic_path(snakemake.output[0]) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g", lineterminator="\n")
