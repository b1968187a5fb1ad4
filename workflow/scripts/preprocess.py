"""Correct the bias field of a case's sequences and make its sample."""

from pathlib import Path

import numpy as np

from robustseg.data.bias_field import correct_bias_field
from robustseg.data.importing import read_case
from robustseg.data.preprocessing import preprocess
from robustseg.data.samples import write_sample
from robustseg.job import job

with job(snakemake.log[0]):
    settings = snakemake.params.settings
    folder = Path(snakemake.input.case[0]).parent
    images, labels, _ = read_case(folder, snakemake.wildcards.case)
    corrected = np.stack(
        [correct_bias_field(image, shrink=settings["n4_shrink"])[0] for image in images]
    )
    sample = preprocess(
        corrected, labels, size=settings["size"], standardisation=settings["standardisation"]
    )
    write_sample(Path(snakemake.output[0]), sample)
