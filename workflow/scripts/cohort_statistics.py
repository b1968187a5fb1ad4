"""Mean and standard deviation of every sequence over the training cases."""

import json
from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.intensity_statistics import cohort_statistics
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    statistics = cohort_statistics([Path(path) for path in snakemake.input], cohort)
    with atomic_path(snakemake.output[0]) as temporary:
        temporary.write_text(json.dumps(statistics))
