"""Draw the figure of robustness: apparent, worst case and control of every model."""

from robustseg.figures.robustness import robustness
from robustseg.figures.style import save
from robustseg.runtime.job import job
from robustseg.statistics.convergence import flag_unconverged, last_doubling
from robustseg.statistics.scores import read_scores
from robustseg.statistics.worst_case import read_worst_case
from robustseg.tables.flags import flags_of_models

with job(snakemake.log[0]):
    params = snakemake.params
    flags = flags_of_models(snakemake.input.diagnostics, params.models, params.seeds)
    scores = read_scores(snakemake.input.scores)
    taken = last_doubling(scores, params.models, params.doubling, epsilon=params.epsilon)
    flags = flag_unconverged(flags, taken, params.doubling)
    figure = robustness(
        scores,
        read_worst_case(snakemake.input.worst_case),
        {model: [flag.name for flag in found] for model, found in flags.items()},
        epsilon=snakemake.params.epsilon,
        note=snakemake.params.note,
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
