"""Draw the figure of robustness: apparent, worst case and control of every model."""

from robustseg.figures.robustness import robustness
from robustseg.figures.style import save
from robustseg.job import job
from robustseg.statistics.flags import read_flags
from robustseg.statistics.scores import read_scores
from robustseg.statistics.worst_case import read_worst_case

with job(snakemake.log[0]):
    flags = {
        model: [flag.name for flag in read_flags(path)]
        for model, path in zip(snakemake.params.models, snakemake.input.diagnostics, strict=True)
    }
    figure = robustness(
        read_scores(snakemake.input.scores),
        read_worst_case(snakemake.input.worst_case),
        flags,
        epsilon=snakemake.params.epsilon,
        note=snakemake.params.note,
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
