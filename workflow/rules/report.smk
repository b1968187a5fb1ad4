"""The protocol actually used, and the report of everything."""


rule protocol:
    message:
        "Protocol of the study"
    output:
        yaml=RESULTS / "protocol.yaml",
        html=report(
            RESULTS / "protocol.html",
            category="Data",
            caption="../report/protocol.rst",
            labels={"file": "protocol used"},
        ),
    params:
        config=config,
        split=[len(SPLIT.train), len(SPLIT.test)],
        code=code("protocol.py"),
    log:
        LOGS / "protocol.log",
    localrule: True
    script:
        "../scripts/protocol.py"


rule study:
    message:
        "Everything but the report"
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


# The report asks Snakemake about the finished jobs, with the study's own protocol as the
# configuration; --nolock because the directory is locked by the run that makes it.
rule report:
    message:
        "Report"
    input:
        RESULTS / ".complete",
        protocol=RESULTS / "protocol.yaml",
        captions=sorted((SCRIPTS.parent / "report").glob("*.rst")),
    output:
        RESULTS / "report.html",
    log:
        LOGS / "report.log",
    localrule: True
    shell:
        "{sys.executable} -m snakemake --snakefile {workflow.main_snakefile:q} --nolock "
        "--cores 1 --configfile {input.protocol:q} --report {output:q} -- study "
        "> {log:q} 2>&1"
