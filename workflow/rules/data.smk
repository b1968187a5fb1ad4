"""Cases: phantoms or patients, all in one folder layout, then one sample each."""

if STUDY.on_phantoms:

    rule phantom:
        output:
            case_folder_files("{case}"),
        log:
            LOGS / "phantom" / "{case}.log",
        benchmark:
            BENCHMARKS / "phantom" / "{case}.tsv"
        conda:
            "../../envs/data.yaml"
        resources:
            **cpu_job(1000, 10),
        params:
            seed=lambda wildcards: STUDY.seed("phantom", wildcards.case),
            size=config["data"]["phantoms"]["size"],
            code=code("phantom.py"),
        message:
            "Phantom {wildcards.case}"
        script:
            "../scripts/phantom.py"

else:

    rule import_case:
        input:
            source=lambda wildcards: STUDY.sources[wildcards.case].paths,
            validation=ancient(RESULTS / "validation.csv"),
        output:
            case_folder_files("{case}"),
        log:
            LOGS / "import_case" / "{case}.log",
        conda:
            "../../envs/data.yaml"
        resources:
            **cpu_job(2000, 10),
        params:
            files=lambda wildcards: STUDY.sources[wildcards.case].as_json(),
            code=code("import_case.py"),
        message:
            "Case folder of {wildcards.case}"
        script:
            "../scripts/import_case.py"


rule validate:
    input:
        [path for files in STUDY.sources.values() for path in files.paths],
    output:
        RESULTS / "validation.csv",
    log:
        LOGS / "validate.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(4000, 60),
    params:
        cases=len(CASES),
        sources=[files.as_json() for files in STUDY.sources.values()],
        code=code("validate.py"),
    message:
        "Checking all {params.cases} cases"
    script:
        "../scripts/validate.py"


rule preprocess:
    input:
        case=case_folder_files("{case}"),
        validation=ancient(RESULTS / "validation.csv"),
    output:
        RESULTS / "samples" / "{case}.npz",
    log:
        LOGS / "preprocess" / "{case}.log",
    benchmark:
        BENCHMARKS / "preprocess" / "{case}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(2000, 20),
    params:
        **settings("preprocess.py", settings=config["preprocessing"]),
    message:
        "N4, crop, resize and standardisation of {wildcards.case}"
    script:
        "../scripts/preprocess.py"


rule split:
    output:
        reported(RESULTS / "split.csv", "Data", "split of the cases"),
    log:
        LOGS / "split.log",
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        train=SPLIT.train,
        test=SPLIT.test,
        code=code("split.py"),
    message:
        "Training and test cases"
    script:
        "../scripts/split.py"


rule cohort_statistics:
    input:
        samples(SPLIT.train),
    output:
        RESULTS / "cohort_statistics.json",
    log:
        LOGS / "cohort_statistics.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(2000, 30),
    params:
        code=code("cohort_statistics.py"),
    message:
        "Intensity statistics of the training cases"
    script:
        "../scripts/cohort_statistics.py"
