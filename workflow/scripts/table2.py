"""Make Table 2: every defense compared with the undefended model."""

from robustseg.data.region_sizes import empty_remarks
from robustseg.data.validation.cohort import skipped_remarks
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.scores import read_scores
from robustseg.statistics.seeds import seeds_of
from robustseg.statistics.worst_case import read_worst_case
from robustseg.tables.footers import table2_footer
from robustseg.tables.paper import read_paper_table2
from robustseg.tables.rendering import render_table2
from robustseg.tables.seed_spread import seed_notes, table2_spread
from robustseg.tables.table2 import table2
from robustseg.tables.table2_worst import with_worst_case
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    params = snakemake.params
    scores, worst = read_scores(snakemake.input.scores), read_worst_case(snakemake.input.worst_case)
    table = table2(
        scores,
        read_paper_table2(params.paper) if params.paper else None,
        models=params.models,
        epsilons=params.epsilons,
        seed=params.seed,
        reference=params.models[0],
    )
    table = with_worst_case(table, worst, reference=params.models[0], seed=params.seed)
    table = table2_spread(table, scores, worst)
    facts = {"ensemble": worst["ensemble"].iloc[0], "threat_model": state(params.threat_model)}
    footer = table2_footer(table, **facts, not_comparable=params.not_comparable)
    skipped = skipped_remarks(snakemake.input.get("skipping"))
    footer += [*seed_notes(seeds_of(scores)), *empty_remarks(snakemake.input.regions)]
    footer += [*params.remarks, *skipped]
    with atomic_path(snakemake.output.csv) as temporary:
        table.assign(**facts).to_csv(temporary, index=False)
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(render_table2(table, footer=footer), encoding="utf-8")
