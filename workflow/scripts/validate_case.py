"""Check every voxel of one case; problems are the result, not a failure."""

from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.layouts.case_files import CaseFiles
from robustseg.data.validation.case import check_case, write_report
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job

with job(snakemake.log[0]) as logger:
    cohort = Cohort.from_json(snakemake.params.cohort)
    report = check_case(CaseFiles.from_json(snakemake.params.files), cohort)
    for line in report.problems:
        logger.info("%s", line)
    write_report(Path(snakemake.output.report), report)
    with atomic_path(snakemake.output.problems) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in report.problems), encoding="utf-8")
