"""Draw Figure 5: one case, clean and attacked, and every model."""

from robustseg.data.cohort import Cohort
from robustseg.figures.examples import read_example
from robustseg.figures.figure5 import figure5
from robustseg.figures.style import save
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    rows = [
        [
            read_example(path, model=model, attack="fgsm", epsilon=epsilon, cohort=cohort)
            for path, model in zip(paths, snakemake.params.models, strict=True)
        ]
        for paths, epsilon in (
            (snakemake.input.clean, 0),
            (snakemake.input.attacked, snakemake.params.epsilon),
        )
    ]
    figure = figure5(*rows, cohort=cohort, note=snakemake.params.note)
    save(figure, snakemake.output.png, snakemake.output.pdf)
