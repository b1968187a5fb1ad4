"""The protocol of the study, and the page with links to all results."""


report: "../report/study.rst"


# Written after the scores: after an interrupted run it still describes the existing scores.
rule protocol:
    input:
        validation=skipping,
        scores=RESULTS / "scores.csv",
    output:
        yaml=RESULTS / "protocol.yaml",
        html=reported(RESULTS / "protocol.html", "Data", "protocol used"),
    log:
        LOGS / "protocol.log",
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


FILES = index_files()


rule index:
    input:
        RESULTS / "validation.txt",
        RESULTS / "protocol.yaml",
        [file["path"] for file in FILES],
        split=RESULTS / "split.csv",
        verdicts=RESULTS / "tables" / "verdicts.csv",
    output:
        RESULTS / "index.html",
    log:
        LOGS / "index.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **settings("index.py", config=config, files=FILES, captions=captions(FILES)),
    message:
        "Index of the results"
    script:
        "../scripts/index.py"
