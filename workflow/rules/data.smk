"""Cases: phantoms or patients in one folder layout, and one sample per case."""

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
            **CASE_COHORT,
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
            problems=RESULTS / "validation" / "{case}.txt",
        output:
            case_folder_files("{case}"),
        log:
            LOGS / "import_case" / "{case}.log",
        conda:
            "../../envs/data.yaml"
        resources:
            **cpu_job(3000, 10),
        params:
            **CASE_COHORT,
            files=source_files,
            code=code("import_case.py"),
        message:
            "Importing {wildcards.case}"
        script:
            "../scripts/import_case.py"


rule validate_case:
    input:
        lambda wildcards: STUDY.sources[wildcards.case].paths,
    output:
        multiext(f"{RESULTS}/validation/{{case}}", report=".json", problems=".txt"),
    log:
        LOGS / "validate_case" / "{case}.log",
    benchmark:
        BENCHMARKS / "validate_case" / "{case}.tsv"
    priority: 20
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(3000, 10),
    params:
        **settings("validate_case.py", files=source_files, **CASE_COHORT),
    message:
        "Checking {wildcards.case}"
    script:
        "../scripts/validate_case.py"


rule validation:
    input:
        [RESULTS / "validation" / f"{case}.json" for case in CASES],
    output:
        csv=RESULTS / "validation.csv",
        html=reported(RESULTS / "validation.html", "Data", "validation of the cases"),
    log:
        LOGS / "validation.log",
    priority: 20
    conda:
        "../../envs/data.yaml"
    params:
        **settings("validation.py", **CASE_COHORT),
        train=SPLIT.train,
        test=SPLIT.test,
        groups=groups(STUDY.sources.values()),
    message:
        "Table and page of the validation"
    script:
        "../scripts/validation.py"


# A failed import can end the run before every case has been checked and reported.
onerror:
    from robustseg.data.validation.cohort_checks import unnamed_problems

    reports = [RESULTS / "validation" / f"{case}.json" for case in CASES]
    for problem in unnamed_problems(
        reports, tested=SPLIT.test, named=LOGS / "validate.log"
    ):
        print(problem, file=sys.stderr)


if STUDY.skips_invalid:

    # The skipped cases are known only after this checkpoint, which `kept` asks for. Where invalid
    # cases are errors, the plan is complete from the start. Planning again would also regroup the
    # jobs of a cluster.
    checkpoint skipping:
        input:
            RESULTS / "validation.txt",
        output:
            touch(RESULTS / ".skipping"),
        localrule: True
        message:
            "Planning without the invalid cases"


rule validate:
    input:
        RESULTS / "validation.csv",
    output:
        RESULTS / "validation.txt",
    log:
        LOGS / "validate.log",
    priority: 20
    conda:
        "../../envs/data.yaml"
    params:
        settings=validation_settings(),
        code=code("validate.py"),
    message:
        "Checking that the cases can be used"
    script:
        "../scripts/validate.py"


rule preprocess:
    input:
        case_folder_files("{case}"),
    output:
        sample=RESULTS / "samples" / "{case}.npz",
        record=RESULTS / "corrections" / "{case}.npz",
    log:
        LOGS / "preprocess" / "{case}.log",
    benchmark:
        BENCHMARKS / "preprocess" / "{case}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(2000, 20),
    params:
        **CASE_COHORT,
        settings=preprocessing,
        code=code("preprocess.py", of=preprocessing),
    message:
        "N4, crop, resize and standardization of {wildcards.case}"
    script:
        "../scripts/preprocess.py"


rule preprocessing_page:
    input:
        corrections,
    output:
        html=shown(RESULTS / "preprocessing.html", "Data", "bias field correction"),
        # The report cannot follow the page's links to its pictures, so it shows them separately.
        pictures=pictures_of_cases("preprocessing", "Data", "bias field correction"),
    log:
        LOGS / "preprocessing_page.log",
    conda:
        "../../envs/data.yaml"
    params:
        **CASE_COHORT,
        shrink=config["preprocessing"]["n4_shrink"],
        code=code("preprocessing_page.py"),
    message:
        "Page of the bias field correction"
    script:
        "../scripts/preprocessing_page.py"


# Written after the scores: after an interrupted run it still describes the existing scores.
rule split:
    input:
        validation=skipping,
        scores=RESULTS / "scores.csv",
    output:
        reported(RESULTS / "split.csv", "Data", "split of the cases"),
    log:
        LOGS / "split.log",
    conda:
        "../../envs/data.yaml"
    params:
        train=SPLIT.train,
        test=SPLIT.test,
        groups=groups(STUDY.sources.values()),
        strata=strata(STUDY.sources.values(), config["data"]),
        code=code("split.py"),
    message:
        "Split of the cases"
    script:
        "../scripts/split.py"


rule cohort_statistics:
    input:
        training_samples,
    output:
        RESULTS / "cohort_statistics.json",
    log:
        LOGS / "cohort_statistics.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **cpu_job(2000, 30),
    params:
        **CASE_COHORT,
        code=code("cohort_statistics.py"),
    message:
        "Intensity statistics of the training cases"
    script:
        "../scripts/cohort_statistics.py"
