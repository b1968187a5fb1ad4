"""Draw Figure 2 or S2: Dice or PSNR and the number of iterations."""

from robustseg.figures import iteration_curves
from robustseg.figures.style import save
from robustseg.runtime.job import job
from robustseg.statistics.reading import read_table

with job(snakemake.log[0]):
    draw = getattr(iteration_curves, snakemake.params.figure)
    iterations = read_table(snakemake.input[0], ("model", "attack", "case"))
    iterations = iterations[iterations["epsilon"] == snakemake.params.epsilon]
    figure = draw(iterations, model=snakemake.params.model, note=snakemake.params.note)
    save(figure, snakemake.output.png, snakemake.output.pdf)
