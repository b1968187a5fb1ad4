"""Draw Supplemental Figure 1: the network from its numbers."""

from robustseg.data.labels import CLASSES, SEQUENCES
from robustseg.figures.network import figure_s1
from robustseg.figures.style import save
from robustseg.job import job

with job(snakemake.log[0]):
    network = snakemake.params.network
    figure = figure_s1(
        levels=network["levels"],
        filters=network["filters"],
        heads=network["heads"],
        dropout=network["dropout"],
        size=snakemake.params.size,
        sequences=len(SEQUENCES),
        classes=len(CLASSES),
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
