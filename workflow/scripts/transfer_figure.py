"""Draw the transfer matrix."""

from robustseg.figures.style import save
from robustseg.figures.transfer import transfer_figure
from robustseg.runtime.job import job
from robustseg.statistics.transfer import read_transfer

with job(snakemake.log[0]):
    figure = transfer_figure(
        read_transfer(snakemake.input[0]), snakemake.params.models, note=snakemake.params.note
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
