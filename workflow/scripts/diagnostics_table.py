"""Make the table of what the diagnostics measured."""

from robustseg.data.skipping import skipped_remarks
from robustseg.files import atomic_path
from robustseg.job import job
from robustseg.statistics.diagnostics_table import diagnostics_table, render_diagnostics
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
