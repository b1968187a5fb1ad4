"""One evaluation a (network, attack, epsilon); the direction of FGSM serves all its epsilons."""

# Without an iterative attack: a pattern that no name matches.
ITERATIVE = "|".join(map(re.escape, filter(STUDY.iterative, STUDY.attacks))) or "(?!)"
EVALUATION = f"{RESULTS}/evaluations/{{model}}/{{attack}}/{{epsilon}}"
SCORES = {"scores": ".csv", "protocol": ".json", "example": ".npz"}


rule direction:
    input:
        **evaluation_inputs(),
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
        **gpu_job(effort.evaluation_memory(STUDY), evaluation_minutes),
    params:
        **settings("direction.py", request=request, threads=THREADS),
    message:
        "Direction of {wildcards.attack} for {wildcards.model}"
    script:
        "../scripts/direction.py"


rule evaluate:
    input:
        **evaluation_inputs(direction=direction),
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
        **gpu_job(effort.evaluation_memory(STUDY), evaluation_minutes),
    params:
        **settings("evaluate.py", request=request, threads=THREADS),
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
