"""What robustness is worth: worst cases, transfer between models, verdicts."""


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
