"""Draw Figure 3 or 4: Dice and epsilon of a family of defenses."""

from robustseg.figures import dice_curves
from robustseg.figures.style import save
from robustseg.runtime.job import job
from robustseg.statistics.scores import read_scores

with job(snakemake.log[0]):
    draw = getattr(dice_curves, snakemake.params.figure)
    figure = draw(
        read_scores(snakemake.input[0]), snakemake.params.models, note=snakemake.params.note
    )
    save(figure, snakemake.output.png, snakemake.output.pdf)
