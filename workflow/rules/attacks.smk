"""One evaluation for each network, attack and epsilon."""

# Without an iterative attack, the pattern matches no name.
ITERATIVE = "|".join(map(re.escape, filter(STUDY.iterative, STUDY.attacks))) or "(?!)"
EVALUATION = f"{RESULTS}/evaluations/{{model}}/{{attack}}/{{epsilon}}"
SCORES = {"scores": ".csv", "protocol": ".json", "example": ".npz"}


rule evaluate:
    input:
        weights=WEIGHTS,
        samples=test_samples,
        statistics=cohort_statistics,
    output:
        multiext(EVALUATION, **SCORES),
    log:
        LOGS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.log",
    benchmark:
        BENCHMARKS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(job_resources.evaluation_memory(STUDY), evaluation_minutes),
    params:
        request=request,
        threads=THREADS,
        code=code("evaluate.py", of=request),
    message:
        "{wildcards.model} under {wildcards.attack}, epsilon {wildcards.epsilon}"
    script:
        "../scripts/evaluate.py"


use rule evaluate as evaluate_iterative with:
    output:
        multiext(EVALUATION, **SCORES, iterations=".iterations.csv"),
    wildcard_constraints:
        attack=ITERATIVE,


ruleorder: evaluate_iterative > evaluate
