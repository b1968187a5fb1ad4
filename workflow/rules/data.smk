"""Cases: phantoms or patients, all in one folder layout, then one sample each."""

if STUDY.on_phantoms:

    rule phantom:
        message:
            "Phantom {wildcards.case}"
        output:
            case_folder_files("{case}"),
        params:
            seed=lambda wildcards: STUDY.seed("phantom", wildcards.case),
            size=config["data"]["phantoms"]["size"],
            code=code("phantom.py"),
        log:
            LOGS / "phantom" / "{case}.log",
        benchmark:
            BENCHMARKS / "phantom" / "{case}.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        script:
            "../scripts/phantom.py"

else:

    rule import_case:
        message:
            "Case folder of {wildcards.case}"
        input:
            source=lambda wildcards: STUDY.sources[wildcards.case].paths,
            validation=ancient(RESULTS / "validation.csv"),
        output:
            case_folder_files("{case}"),
        params:
            files=lambda wildcards: STUDY.sources[wildcards.case].as_json(),
            code=code("import_case.py"),
        log:
            LOGS / "import_case" / "{case}.log",
        resources:
            mem_mb=2000,
            runtime=10,
        script:
            "../scripts/import_case.py"


rule validate:
    message:
        "Checking all {params.cases} cases"
    input:
        [path for files in STUDY.sources.values() for path in files.paths],
    output:
        RESULTS / "validation.csv",
    params:
        cases=len(CASES),
        sources=[files.as_json() for files in STUDY.sources.values()],
        code=code("validate.py"),
    log:
        LOGS / "validate.log",
    resources:
        mem_mb=4000,
        runtime=lambda wildcards, attempt: 60 * attempt,
    script:
        "../scripts/validate.py"


rule preprocess:
    message:
        "N4, crop, resize and standardisation of {wildcards.case}"
    input:
        case=case_folder_files("{case}"),
        validation=ancient(RESULTS / "validation.csv"),
    output:
        RESULTS / "samples" / "{case}.npz",
    params:
        settings=config["preprocessing"],
        code=code("preprocess.py"),
    log:
        LOGS / "preprocess" / "{case}.log",
    benchmark:
        BENCHMARKS / "preprocess" / "{case}.tsv"
    resources:
        mem_mb=2000,
        runtime=lambda wildcards, attempt: 20 * attempt,
    script:
        "../scripts/preprocess.py"


rule split:
    message:
        "Training and test cases"
    output:
        report(
            RESULTS / "split.csv",
            category="Data",
            caption="../report/split.rst",
            labels={"file": "split of the cases"},
        ),
    params:
        train=SPLIT.train,
        test=SPLIT.test,
        code=code("split.py"),
    log:
        LOGS / "split.log",
    localrule: True
    script:
        "../scripts/split.py"


rule cohort_statistics:
    message:
        "Intensity statistics of the training cases"
    input:
        samples(SPLIT.train),
    output:
        RESULTS / "cohort_statistics.json",
    params:
        code=code("cohort_statistics.py"),
    log:
        LOGS / "cohort_statistics.log",
    resources:
        mem_mb=2000,
        runtime=30,
    script:
        "../scripts/cohort_statistics.py"
