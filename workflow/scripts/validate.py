"""Stop at invalid cases before expensive jobs, or name the skipped ones."""

import sys
from pathlib import Path

from robustseg.data.validation.cohort import accept
from robustseg.runtime.job import job

with job(snakemake.log[0]) as logger:
    skipped = accept(Path(snakemake.input[0]), **snakemake.params.settings)
    for line in skipped:
        logger.info("%s", line)
        print(line, file=sys.stderr)
    Path(snakemake.output[0]).write_text(
        "\n".join([*skipped, "The other cases are fit for use.\n"])
    )
