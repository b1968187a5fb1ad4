"""The protocol actually used, and the report of everything."""


report: "../report/study.rst"


# Written after the scores: a run that is interrupted leaves the protocol of the scores that are there.
rule protocol:
    input:
        validation=skipping,
        scores=RESULTS / "scores.csv",
    output:
        yaml=RESULTS / "protocol.yaml",
        html=reported(RESULTS / "protocol.html", "Data", "protocol used"),
    log:
        LOGS / "protocol.log",
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        config=config,
        split=[list(SPLIT.train), list(SPLIT.test)],
        code=code("protocol.py"),
    message:
        "Protocol of the study"
    script:
        "../scripts/protocol.py"


rule study:
    input:
        RESULTS / ".validated",
        RESULTS / "protocol.yaml",
        RESULTS / "split.csv",
        RESULTS / "worst_case.csv",
        robustness_files(),
        RESULTS / "validation.html",
        RESULTS / "preprocessing.html",
        expand(RESULTS / "tables" / "{name}.csv", name=("table1", "table2")),
        expand(
            RESULTS / "figures" / "{name}.{format}",
            name=[*STUDY.figures, "transfer"],
            format=("png", "pdf"),
        ),
    output:
        touch(RESULTS / ".complete"),
    localrule: True
    message:
        "Everything but the report"


rule report:
    input:
        RESULTS / ".complete",
        protocol=RESULTS / "protocol.yaml",
    output:
        RESULTS / "report.html",
    log:
        LOGS / "report.log",
    localrule: True
    conda:
        "../../envs/study.yaml"
    params:
        snakefile=os.path.relpath(workflow.main_snakefile),
        captions={path.name: path.read_text() for path in CAPTIONS.glob("*.rst")},
        code=code("report.py"),
    message:
        "Report"
    script:
        "../scripts/report.py"
