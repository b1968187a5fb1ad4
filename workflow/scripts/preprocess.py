"""Correct the bias field of a case's sequences, make its sample and record the correction."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.canonical import read_case
from robustseg.data.preprocessing.bias_field import correct_case
from robustseg.data.preprocessing.correction_record import record_correction, write_record
from robustseg.data.preprocessing.sample import lost_classes, preprocess
from robustseg.data.preprocessing.windows import windowed_case
from robustseg.data.samples import write_sample
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    settings = snakemake.params.settings
    cohort = Cohort.from_json(snakemake.params.cohort)
    folder = Path(snakemake.input[0]).parent
    images, labels, _ = read_case(folder, snakemake.wildcards.case, cohort)
    images = windowed_case(images, cohort)
    corrected, fields, seconds = correct_case(images, cohort, shrink=settings["n4_shrink"])
    record = record_correction(images, corrected, fields, seconds, cohort)
    sample = preprocess(
        corrected,
        labels,
        size=settings["size"],
        standardization=settings["standardization"],
        cohort=cohort,
    )
    record = replace(record, lost=np.array(lost_classes(labels, sample, cohort), dtype=str))
    write_record(Path(snakemake.output.record), record)
    write_sample(Path(snakemake.output.sample), sample)
