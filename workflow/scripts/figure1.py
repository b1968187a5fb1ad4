"""Draw Figure 1: one case, clean and under each attack."""

from robustseg.data.cohort import Cohort
from robustseg.figures.examples import read_example
from robustseg.figures.figure1 import figure1
from robustseg.figures.style import save
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    examples = [
        read_example(path, model=model, attack=attack, epsilon=epsilon, cohort=cohort)
        for path, (model, attack, epsilon) in zip(
            snakemake.input, snakemake.params.shown, strict=True
        )
    ]
    save(
        figure1(examples, cohort=cohort, note=snakemake.params.note),
        snakemake.output.png,
        snakemake.output.pdf,
    )
