"""Draw the loss of every training."""

from robustseg.figures.style import save
from robustseg.figures.training_curves import training_curves
from robustseg.runtime.job import job
from robustseg.statistics.reading import read_table

with job(snakemake.log[0]):
    histories = {
        network: read_table(path, ())
        for network, path in zip(snakemake.params.networks, snakemake.input, strict=True)
    }
    figure = training_curves(histories, note=snakemake.params.note)
    save(figure, snakemake.output.png, snakemake.output.pdf)
