"""One evaluation a (model, attack, epsilon); the direction of FGSM serves all its epsilons."""

ITERATIVE = "|".join(map(re.escape, filter(STUDY.iterative, STUDY.attacks)))
EVALUATION = RESULTS / "evaluations" / "{model}" / "{attack}" / "{epsilon}"
WEIGHTS = RESULTS / "models" / "{model}" / "weights.safetensors"


rule direction:
    input:
        weights=WEIGHTS,
        samples=test_samples,
        statistics=cohort_statistics,
    output:
        RESULTS / "directions" / "{model}" / "{attack}.npz",
    log:
        LOGS / "direction" / "{model}" / "{attack}.log",
    benchmark:
        BENCHMARKS / "direction" / "{model}" / "{attack}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(STUDY.evaluation_memory, 120),
    params:
        request=lambda wildcards: STUDY.request(wildcards.attack, wildcards.model),
        threads=THREADS,
        code=code("direction.py"),
    message:
        "Direction of {wildcards.attack} for {wildcards.model}"
    script:
        "../scripts/direction.py"


rule evaluate:
    input:
        weights=WEIGHTS,
        samples=test_samples,
        statistics=cohort_statistics,
        direction=direction,
    output:
        scores=f"{EVALUATION}.csv",
        protocol=f"{EVALUATION}.json",
        example=f"{EVALUATION}.npz",
    log:
        LOGS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.log",
    benchmark:
        BENCHMARKS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(STUDY.evaluation_memory, 120),
    params:
        request=lambda wildcards: STUDY.request(wildcards.attack, wildcards.model),
        threads=THREADS,
        code=code("evaluate.py"),
    message:
        "{wildcards.model} under {wildcards.attack}, epsilon {wildcards.epsilon}"
    script:
        "../scripts/evaluate.py"


use rule evaluate as evaluate_iterative with:
    output:
        scores=f"{EVALUATION}.csv",
        protocol=f"{EVALUATION}.json",
        example=f"{EVALUATION}.npz",
        iterations=f"{EVALUATION}.iterations.csv",
    wildcard_constraints:
        attack=ITERATIVE,


ruleorder: evaluate_iterative > evaluate
