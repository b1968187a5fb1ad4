"""Make Table 1: the attacks on the undefended model."""

from robustseg.data.region_sizes import empty_remarks
from robustseg.data.validation.cohort import skipped_remarks
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.scores import read_scores
from robustseg.statistics.seeds import seeds_of
from robustseg.tables.footers import table1_footer
from robustseg.tables.paper import read_paper_table1
from robustseg.tables.rendering import render_table1
from robustseg.tables.seed_spread import seed_notes, table1_spread
from robustseg.tables.table1 import table1
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    paper, scores = snakemake.params.paper, read_scores(snakemake.input.scores)
    table = table1(
        scores,
        read_paper_table1(paper) if paper else None,
        epsilon=snakemake.params.epsilon,
        seed=snakemake.params.seed,
        model=snakemake.params.model,
        attacks=snakemake.params.attacks,
    )
    table = table1_spread(table, scores)
    threat_model = state(snakemake.params.threat_model)
    why = snakemake.params.not_comparable
    footer = table1_footer(table, threat_model=threat_model, not_comparable=why)
    footer += seed_notes(seeds_of(scores))
    footer += [*empty_remarks(snakemake.input.regions), *snakemake.params.remarks]
    footer += skipped_remarks(snakemake.input.get("skipping"))
    with atomic_path(snakemake.output.csv) as temporary:
        table.assign(threat_model=threat_model).to_csv(temporary, index=False)
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(render_table1(table, footer=footer), encoding="utf-8")
