"""Is a model as robust as it looks? Measurements of every model, and a verdict."""


rule examine:
    input:
        weights=WEIGHTS,
        samples=samples(SPLIT.test[: config["diagnostics"]["cases"]]),
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
        **gpu_job(STUDY.evaluation_memory, 240),
    params:
        settings=lambda wildcards: STUDY.examination(wildcards.model),
        threads=THREADS,
        code=code("examine.py"),
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
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("verdict.py"),
    message:
        "Verdict on {wildcards.model}"
    script:
        "../scripts/verdict.py"


rule diagnostics_table:
    input:
        diagnostics(),
    output:
        csv=RESULTS / "tables" / "diagnostics.csv",
        html=reported(
            RESULTS / "tables" / "diagnostics.html", "Robustness", "Diagnostics"
        ),
    log:
        LOGS / "diagnostics_table.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        threat_model=config["threat_model"],
        remarks=STUDY.remarks,
        code=code("diagnostics_table.py"),
    message:
        "Table of the diagnostics"
    script:
        "../scripts/diagnostics_table.py"
