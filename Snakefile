configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/download.smk"


if not DOWNLOADING:

    include: "workflow/rules/inputs.smk"
    include: "workflow/rules/jobs.smk"
    include: "workflow/rules/data.smk"
    include: "workflow/rules/training.smk"
    include: "workflow/rules/attacks.smk"
    include: "workflow/rules/diagnostics.smk"
    include: "workflow/rules/statistics.smk"
    include: "workflow/rules/robustness.smk"
    include: "workflow/rules/figures.smk"
    include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        RESULTS / "index.html",
