"""What robustness is worth: worst cases, transfer between models, verdicts."""

TRANSFER = config["adaptive"]["transfer"]


rule worst_case:
    input:
        RESULTS / "scores.csv",
    output:
        reported(RESULTS / "worst_case.csv", "Robustness", "worst case of every case"),
    log:
        LOGS / "worst_case.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        name=config["adaptive"]["ensemble"],
        ensemble=STUDY.ensemble,
        epsilons=config["adaptive"]["epsilons"],
        threat_model=config["threat_model"],
        code=code("worst_case.py"),
    message:
        "Worst cases over the ensemble {params.name}"
    script:
        "../scripts/worst_case.py"


rule robustness:
    input:
        scores=RESULTS / "scores.csv",
        worst_case=RESULTS / "worst_case.csv",
        diagnostics=diagnostics(),
    output:
        **figure(
            "robustness", "Robustness", "Apparent and worst-case Dice of every model"
        ),
    log:
        LOGS / "robustness.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        epsilon=config["tables"]["table1_epsilon"],
        note=NOTE,
        code=code("robustness.py"),
    message:
        "Figure of robustness"
    script:
        "../scripts/robustness.py"


rule transfer:
    input:
        weights=expand(WEIGHTS, model=STUDY.evaluated),
        samples=samples(SPLIT.test),
        statistics=cohort_statistics,
    output:
        RESULTS / "transfer" / "{model}.csv",
    log:
        LOGS / "transfer" / "{model}.log",
    benchmark:
        BENCHMARKS / "transfer" / "{model}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(STUDY.evaluation_memory, 240),
    params:
        request=lambda wildcards: STUDY.request(TRANSFER["attack"], wildcards.model),
        models=STUDY.evaluated,
        epsilon=TRANSFER["epsilon"],
        threads=THREADS,
        code=code("transfer.py"),
    message:
        "All models on what {wildcards.model} is attacked with"
    script:
        "../scripts/transfer.py"


rule transfer_matrix:
    input:
        expand(RESULTS / "transfer" / "{model}.csv", model=STUDY.evaluated),
    output:
        RESULTS / "transfer.csv",
    log:
        LOGS / "transfer_matrix.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        transfer=TRANSFER,
        threat_model=config["threat_model"],
        code=code("transfer_matrix.py"),
    message:
        "Transfer matrix"
    script:
        "../scripts/transfer_matrix.py"


rule transfer_figure:
    input:
        RESULTS / "transfer.csv",
    output:
        **figure("transfer", "Robustness", "Every model on the others' adversaries"),
    log:
        LOGS / "transfer_figure.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        transfer=TRANSFER,
        note=NOTE,
        code=code("transfer_figure.py"),
    message:
        "Figure of the transfer matrix"
    script:
        "../scripts/transfer_figure.py"


rule verdicts:
    input:
        scores=RESULTS / "scores.csv",
        worst_case=RESULTS / "worst_case.csv",
        diagnostics=diagnostics(),
    output:
        csv=RESULTS / "tables" / "verdicts.csv",
        html=reported(RESULTS / "tables" / "verdicts.html", "Robustness", "Verdicts"),
    log:
        LOGS / "verdicts.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        epsilon=config["tables"]["table1_epsilon"],
        threat_model=config["threat_model"],
        remarks=STUDY.remarks,
        note=NOTE,
        code=code("verdicts.py"),
    message:
        "Verdicts"
    script:
        "../scripts/verdicts.py"
