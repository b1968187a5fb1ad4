"""Draw Supplemental Figure 1: the network from its numbers."""

from robustseg.data.cohort import Cohort
from robustseg.figures.network import figure_s1
from robustseg.figures.style import save
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    network = snakemake.params.network
    figure = figure_s1(
        levels=network["levels"],
        filters=network["filters"],
        heads=network["heads"],
        dropout=network["dropout"],
        size=snakemake.params.size,
        sequences=len(cohort.sequences),
        classes=len(cohort.classes),
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
