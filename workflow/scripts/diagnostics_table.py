"""Make the table of the diagnostics."""

from robustseg.data.validation.cohort import skipped_remarks
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.tables.diagnostics import diagnostics_table, render_diagnostics
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    table = diagnostics_table(snakemake.input.diagnostics, snakemake.params.seeds)
    threat_model = state(snakemake.params.threat_model)
    footer = [f"Threat model: {threat_model}.", *snakemake.params.remarks]
    footer += skipped_remarks(snakemake.input.get("skipping"))
    with atomic_path(snakemake.output.csv) as temporary:
        table.assign(threat_model=threat_model).to_csv(temporary, index=False)
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(render_diagnostics(table, footer=footer), encoding="utf-8")
