"""Make the table of verdicts: scores and flags of every model."""

from robustseg.data.region_sizes import empty_remarks
from robustseg.data.validation.cohort import skipped_remarks
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.convergence import convergence_note, flag_unconverged, last_doubling
from robustseg.statistics.scores import read_scores
from robustseg.statistics.seeds import seeds_of
from robustseg.statistics.worst_case import read_worst_case
from robustseg.tables.flags import flag_notes, flags_of_models
from robustseg.tables.footers import worst_case_note
from robustseg.tables.rendering_verdicts import render_verdicts, verdicts_footer
from robustseg.tables.seed_spread import seed_notes
from robustseg.tables.verdicts import verdicts
from robustseg.threat.statement import state

with job(snakemake.log[0]):
    params = snakemake.params
    flags = flags_of_models(snakemake.input.diagnostics, params.models, params.seeds)
    worst, scores = read_worst_case(snakemake.input.worst_case), read_scores(snakemake.input.scores)
    taken = last_doubling(scores, params.models, params.doubling, epsilon=params.epsilon)
    flags = flag_unconverged(flags, taken, params.doubling)
    table = verdicts(scores, worst, flags, epsilon=params.epsilon, last_doubling=taken)
    threat_model, ensemble = state(snakemake.params.threat_model), worst["ensemble"].iloc[0]
    footer = verdicts_footer(
        table,
        threat_model=threat_model,
        worst_case=worst_case_note(ensemble),
        comparable=snakemake.params.note is None,
    )
    footer += [convergence_note(params.doubling)]
    footer += [*seed_notes(seeds_of(worst), spread=False), *flag_notes(params.seeds)]
    footer += empty_remarks(snakemake.input.regions)
    footer += [*snakemake.params.remarks, *skipped_remarks(snakemake.input.get("skipping"))]
    with atomic_path(snakemake.output.csv) as temporary:
        table.assign(ensemble=ensemble, threat_model=threat_model).to_csv(temporary, index=False)
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(render_verdicts(table, flags, footer=footer), encoding="utf-8")
