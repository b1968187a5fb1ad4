"""Write the page of the bias field correction."""

from pathlib import Path

from robustseg.data.cohort import Cohort
from robustseg.data.preprocessing.correction_record import read_record
from robustseg.data.preprocessing.page import preprocessing_page
from robustseg.data.preprocessing.pictures import write_pictures
from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job

with job(snakemake.log[0]):
    records = {Path(path).stem: read_record(Path(path)) for path in snakemake.input}
    cohort = Cohort.from_json(snakemake.params.cohort)
    pictures = Path(snakemake.output.pictures)
    write_pictures(pictures, records, cohort)
    page = preprocessing_page(
        records, folder=pictures.name, shrink=snakemake.params.shrink, cohort=cohort
    )
    with atomic_path(snakemake.output.html) as temporary:
        temporary.write_text(page, encoding="utf-8")
