"""Write the page of the bias field correction."""

from pathlib import Path

from robustseg.data.correction_record import read_record
from robustseg.data.definition import Cohort
from robustseg.data.preprocessing_page import preprocessing_page
from robustseg.files import atomic_path
from robustseg.job import job

with job(snakemake.log[0]):
    records = {Path(path).stem: read_record(Path(path)) for path in snakemake.input}
    cohort = Cohort.from_json(snakemake.params.get("cohort"))
    page = preprocessing_page(records, shrink=snakemake.params.shrink, cohort=cohort)
    with atomic_path(snakemake.output[0]) as temporary:
        temporary.write_text(page, encoding="utf-8")
