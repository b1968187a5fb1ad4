"""Worst cases, transfer attacks between models, and verdicts."""

from robustseg.statistics.convergence import find_doubling

TRANSFER = config["adaptive"]["transfer"]
MODELS = {"models": STUDY.evaluated}
COMPARED = {
    "doubling": find_doubling(STUDY.attacks, STUDY.ensemble),
    "epsilon": config["tables"]["table1_epsilon"],
    "note": NOTE,
    "seeds": STUDY.seeds,
    **MODELS,
}


rule worst_case:
    input:
        RESULTS / "scores.csv",
    output:
        reported(RESULTS / "worst_case.csv", "Robustness", "worst case of every case"),
    log:
        LOGS / "worst_case.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("worst_case.py", "threat_model", **MODELS),
        name=config["adaptive"]["ensemble"],
        ensemble=STUDY.ensemble,
        epsilons=config["adaptive"]["epsilons"],
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
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("robustness.py", **COMPARED),
    message:
        "Figure of robustness"
    script:
        "../scripts/robustness.py"


rule transfer:
    input:
        weights=expand(WEIGHTS, model=STUDY.evaluated),
        samples=test_samples,
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
        **gpu_job(job_resources.evaluation_memory(STUDY), transfer_minutes),
    params:
        **MODELS,
        request=transfer_request,
        threads=THREADS,
        code=code("transfer.py", of=transfer_request),
        epsilon=TRANSFER["epsilon"],
    message:
        "Transfer attack from {wildcards.model} to all models"
    script:
        "../scripts/transfer.py"


rule transfer_matrix:
    input:
        expand(RESULTS / "transfer" / "{model}.csv", model=STUDY.evaluated),
    output:
        RESULTS / "transfer.csv",
    log:
        LOGS / "transfer_matrix.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("transfer_matrix.py", "threat_model", transfer=TRANSFER, **MODELS),
    message:
        "Transfer matrix"
    script:
        "../scripts/transfer_matrix.py"


rule transfer_figure:
    input:
        RESULTS / "transfer.csv",
    output:
        **figure("transfer", "Robustness", "Transfer attacks between all models"),
    log:
        LOGS / "transfer_figure.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings(
            "transfer_figure.py", transfer=TRANSFER, note=NOTE_OF_FIRST, **MODELS
        ),
    message:
        "Figure of the transfer matrix"
    script:
        "../scripts/transfer_figure.py"


rule verdicts:
    input:
        scores=RESULTS / "scores.csv",
        regions=RESULTS / "region_sizes.csv",
        worst_case=RESULTS / "worst_case.csv",
        diagnostics=diagnostics(),
        skipping=skipping,
    output:
        **table("verdicts", "Robustness", "Verdicts"),
    log:
        LOGS / "verdicts.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **COMPARED,
        **table_settings("verdicts"),
    message:
        "Verdicts"
    script:
        "../scripts/verdicts.py"
