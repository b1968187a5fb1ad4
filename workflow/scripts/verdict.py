"""Derive the flags of a model from its measurements."""

from robustseg.diagnostics.judgment import judge
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    judge(snakemake.input.measured, snakemake.input.transfer, snakemake.output[0])
