"""Make Table 2: every defence compared with the undefended model."""

from robustseg.data.definition import Cohort
from robustseg.data.skipping import skipped_remarks
from robustseg.files import atomic_path
from robustseg.job import job
from robustseg.statistics.footers import table2_footer
from robustseg.statistics.paper import read_paper_table2
from robustseg.statistics.rendering import render_table2
from robustseg.statistics.scores import read_scores
from robustseg.statistics.seed_spread import seed_notes, table2_spread
from robustseg.statistics.seeds import seeds_of
from robustseg.statistics.table2 import table2
from robustseg.statistics.table2_worst import with_worst_case
from robustseg.statistics.worst_case import read_worst_case
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    paper, scores = snakemake.input.get("paper"), read_scores(snakemake.input.scores)
    table = table2(
        scores,
        read_paper_table2(paper) if paper else None,
        models=snakemake.params.models,
        epsilons=snakemake.params.epsilons,
        seed=snakemake.params.seed,
        reference=snakemake.params.models[0],
    )
    worst = read_worst_case(snakemake.input.worst_case)
    seed, reference = snakemake.params.seed, snakemake.params.models[0]
    table = with_worst_case(table, worst, reference=reference, seed=seed)
    table = table2_spread(table, scores, worst)
    threat_model, ensemble = state(snakemake.params.threat_model), worst["ensemble"].iloc[0]
    cohort = Cohort.from_json(snakemake.params.get("cohort"))
    footer = table2_footer(table, threat_model=threat_model, ensemble=ensemble, cohort=cohort)
    skipped = skipped_remarks(snakemake.input.get("skipping"))
    footer += [*seed_notes(seeds_of(scores)), *snakemake.params.remarks, *skipped]
    with atomic_path(snakemake.output.csv) as temporary:
        table.assign(ensemble=ensemble, threat_model=threat_model).to_csv(temporary, index=False)
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(render_table2(table, footer=footer), encoding="utf-8")
