"""Count the voxels of every region in the test cases."""

from robustseg.data.cohort import Cohort
from robustseg.data.region_sizes import write_region_sizes
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    write_region_sizes(snakemake.output[0], snakemake.input, cohort)
