"""Download and unpack the data folder."""

import sys
from functools import partial

from robustseg.data.download.download import download
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    say = partial(print, file=sys.stderr, flush=True)
    download(snakemake.params.data, say=say)
