"""The protocol actually used, and the report of everything."""


report: "../report/study.rst"


rule protocol:
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
        split=[len(SPLIT.train), len(SPLIT.test)],
        code=code("protocol.py"),
    message:
        "Protocol of the study"
    script:
        "../scripts/protocol.py"


rule study:
    input:
        RESULTS / "protocol.yaml",
        RESULTS / "split.csv",
        expand(RESULTS / "tables" / "{name}.csv", name=("table1", "table2")),
        expand(
            RESULTS / "figures" / "{name}.{format}",
            name=STUDY.figures,
            format=("png", "pdf"),
        ),
    output:
        touch(RESULTS / ".complete"),
    localrule: True
    message:
        "Everything but the report"


# The report asks Snakemake about the finished jobs, with the study's own protocol as the
# configuration; --nolock because the directory is locked by the run that makes it.
rule report:
    input:
        RESULTS / ".complete",
        protocol=RESULTS / "protocol.yaml",
        captions=sorted((SCRIPTS.parent / "report").glob("*.rst")),
    output:
        RESULTS / "report.html",
    log:
        LOGS / "report.log",
    localrule: True
    conda:
        "../../envs/study.yaml"
    params:
        python=sys.executable,
        snakefile=workflow.main_snakefile,
    message:
        "Report"
    shell:
        "{params.python:q} -m snakemake --snakefile {params.snakefile:q} --nolock "
        "--cores 1 --configfile {input.protocol:q} --report {output:q} -- study "
        "> {log:q} 2>&1"
