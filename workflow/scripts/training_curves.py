"""Draw the loss of every training."""

import pandas as pd

from robustseg.figures.style import save
from robustseg.figures.training_curves import training_curves
from robustseg.job import job

with job(snakemake.log[0]):
    histories = {
        model: pd.read_csv(path)
        for model, path in zip(snakemake.params.models, snakemake.input, strict=True)
    }
    figure = training_curves(histories, note=snakemake.params.note)
    save(figure, snakemake.output.png, snakemake.output.pdf)
