"""Diagnostics of every network, and a verdict on every model."""


rule examine:
    input:
        weights=WEIGHTS,
        samples=examined_samples,
        statistics=cohort_statistics,
    output:
        RESULTS / "diagnostics" / "{model}.measured.json",
    log:
        LOGS / "examine" / "{model}.log",
    benchmark:
        BENCHMARKS / "examine" / "{model}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(job_resources.examination_memory(STUDY), examination_minutes),
    params:
        settings=examination,
        threads=THREADS,
        code=code("examine.py", of=examination),
    message:
        "Diagnostics of {wildcards.model}"
    script:
        "../scripts/examine.py"


rule verdict:
    input:
        measured=RESULTS / "diagnostics" / "{model}.measured.json",
        transfer=RESULTS / "transfer.csv",
    output:
        RESULTS / "diagnostics" / "{model}.json",
    log:
        LOGS / "verdict" / "{model}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("verdict.py"),
    message:
        "Verdict on {wildcards.model}"
    script:
        "../scripts/verdict.py"


rule diagnostics_table:
    input:
        diagnostics=diagnostics(),
        skipping=skipping,
    output:
        **table("diagnostics", "Robustness", "Diagnostics"),
    log:
        LOGS / "diagnostics_table.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("diagnostics_table.py", "threat_model", remarks=STUDY.remarks),
        seeds=STUDY.seeds,
    message:
        "Table of the diagnostics"
    script:
        "../scripts/diagnostics_table.py"
