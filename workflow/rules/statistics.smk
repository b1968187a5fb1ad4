"""The long table of scores, and the tables of the paper."""


rule scores:
    input:
        evaluation_files(".csv"),
    output:
        reported(RESULTS / "scores.csv", "Statistics of cases", "scores of every case"),
    log:
        LOGS / "scores.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **COHORT,
        evaluations=STUDY.evaluations(),
        seeds=STUDY.seeds,
        threat_model=config["threat_model"],
        iterations=False,
        code=code("scores.py"),
    message:
        "Scores of all evaluations"
    script:
        "../scripts/scores.py"


use rule scores as iterations with:
    input:
        evaluation_files(".iterations.csv", iterative_only=True),
    output:
        RESULTS / "iterations.csv",
    log:
        LOGS / "iterations.log",
    params:
        evaluations=STUDY.evaluations(iterative_only=True),
        iterations=True,
    message:
        "Scores of all iterates"


rule region_sizes:
    input:
        test_samples,
    output:
        RESULTS / "region_sizes.csv",
    log:
        LOGS / "region_sizes.log",
    conda:
        "../../envs/data.yaml"
    params:
        **COHORT,
        code=code("region_sizes.py"),
    message:
        "Sizes of the regions in the test cases"
    script:
        "../scripts/region_sizes.py"


rule table1:
    input:
        scores=RESULTS / "scores.csv",
        regions=RESULTS / "region_sizes.csv",
        skipping=skipping,
    output:
        **table("table1", "Attacks", "Table 1"),
    log:
        LOGS / "table1.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **table_settings("table1", **paper_numbers("table1.csv")),
        model=STUDY.reference,
        attacks=[name for name in config["attacks"] if name != "random-signs"],
        epsilon=config["tables"]["table1_epsilon"],
    message:
        "Table 1"
    script:
        "../scripts/table1.py"


rule table2:
    input:
        scores=RESULTS / "scores.csv",
        regions=RESULTS / "region_sizes.csv",
        worst_case=RESULTS / "worst_case.csv",
        skipping=skipping,
    output:
        **table("table2", "Defenses", "Table 2"),
    log:
        LOGS / "table2.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **table_settings("table2", **paper_numbers("table2.csv")),
        models=STUDY.evaluated,
        epsilons=config["tables"]["table2_epsilons"],
    message:
        "Table 2"
    script:
        "../scripts/table2.py"
