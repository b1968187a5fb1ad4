"""Draw Figure 2 or S2: Dice or PSNR and the number of iterations."""

import pandas as pd

from robustseg.figures import iteration_curves
from robustseg.figures.style import save
from robustseg.job import job

with job(snakemake.log[0]):
    draw = getattr(iteration_curves, snakemake.params.figure)
    names = dict.fromkeys(("model", "attack", "case"), str)
    iterations = pd.read_csv(snakemake.input[0], dtype=names)
    iterations = iterations[iterations["epsilon"] == snakemake.params.epsilon]
    figure = draw(iterations, model=snakemake.params.model, note=snakemake.params.note)
    save(figure, snakemake.output.png, snakemake.output.pdf)
