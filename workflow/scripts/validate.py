"""Check every voxel of every case before anything expensive starts."""

from pathlib import Path

from robustseg.data.case_files import CaseFiles
from robustseg.data.validation import validate_cases, write_validation
from robustseg.errors import InputErrors
from robustseg.job import job

with job(snakemake.log[0]):
    sources = [CaseFiles.from_json(values) for values in snakemake.params.sources]
    if problems := validate_cases(sources):
        raise InputErrors(problems)
    write_validation(Path(snakemake.output[0]), sources)
