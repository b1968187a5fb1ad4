"""Write which cases train and which test."""

from pathlib import Path

from robustseg.data.splitting import Split, write_split
from robustseg.job import job

with job(snakemake.log[0]):
    split = Split(train=tuple(snakemake.params.train), test=tuple(snakemake.params.test))
    write_split(Path(snakemake.output[0]), split)
