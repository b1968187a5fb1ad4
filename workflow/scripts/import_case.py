"""Write one case of a cohort as a case folder in the study's layout."""

from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.canonical import import_case
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.runtime.errors import InputError
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    if Path(snakemake.input.problems).stat().st_size:
        raise InputError(
            f"{snakemake.input.problems}: names why the case cannot be used; correct it"
        )
    cohort = Cohort.from_json(snakemake.params.cohort)
    files = CaseFiles.from_json(snakemake.params.files)
    import_case(files, Path(snakemake.output[0]).parent, cohort)
