"""Write the page with links to all results."""

from robustseg.runtime.files import atomic_path
from robustseg.runtime.job import job
from robustseg.statistics.reading import read_table
from robustseg.study.index import index_page
from robustseg.tables.verdicts import FLAGS

TEXTS = {"model", *FLAGS, "ensemble", "threat_model"}

with job(snakemake.log[0]):
    page = index_page(
        snakemake.output[0],
        config=snakemake.params.config,
        files=snakemake.params.files,
        captions=snakemake.params.captions,
        split=read_table(snakemake.input.split, {"case", "subject", "stratum", "split"}),
        verdicts=read_table(snakemake.input.verdicts, TEXTS),
    )
    with atomic_path(snakemake.output[0]) as temporary:
        temporary.write_text(page, encoding="utf-8")
