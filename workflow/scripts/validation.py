"""Compare the cases with each other; write the table and the page of the validation."""

from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.validation.case import read_report
from robustseg.data.validation.cohort_checks import check_cohort
from robustseg.data.validation.page import validation_page
from robustseg.data.validation.table import write_validation
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    cohort = Cohort.from_json(snakemake.params.cohort)
    train, test = snakemake.params.train, snakemake.params.test
    reports = check_cohort(
        [read_report(path) for path in snakemake.input],
        tested=test,
        groups=snakemake.params.get("groups"),
    )
    split = {**dict.fromkeys(train, "train"), **dict.fromkeys(test, "test")}
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(validation_page(reports, split, cohort), encoding="utf-8")
    write_validation(Path(snakemake.output.csv), reports, split, cohort)
