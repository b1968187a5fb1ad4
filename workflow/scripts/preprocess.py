"""Correct the bias field of a case's sequences, make its sample and keep what N4 did."""

import time
from pathlib import Path

import numpy as np

from robustseg.data.bias_field import correct_bias_field
from robustseg.data.correction_record import record_correction, write_record
from robustseg.data.importing import read_case
from robustseg.data.preprocessing import preprocess
from robustseg.data.samples import write_sample
from robustseg.job import job

with job(snakemake.log[0]):
    settings = snakemake.params.settings
    folder = Path(snakemake.input.case[0]).parent
    images, labels, _ = read_case(folder, snakemake.wildcards.case)
    corrected, fields, seconds = np.empty_like(images), [], []
    for image, result in zip(images, corrected, strict=True):
        start = time.perf_counter()
        result[...], field = correct_bias_field(image, shrink=settings["n4_shrink"])
        fields.append(field)
        seconds.append(time.perf_counter() - start)
    record = record_correction(images, corrected, fields, seconds)
    write_record(Path(snakemake.output.record), record)
    sample = preprocess(
        corrected, labels, size=settings["size"], standardisation=settings["standardisation"]
    )
    write_sample(Path(snakemake.output.sample), sample)
