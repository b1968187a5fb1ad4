"""One evaluation a (model, attack, epsilon); the direction of FGSM serves all its epsilons."""


def direction(wildcards):
    """The stored direction of a one-step attack."""
    if ATTACKS[wildcards.attack].one_step and float(wildcards.epsilon) > 0:
        return RESULTS / "directions" / wildcards.model / f"{wildcards.attack}.npz"
    return []


ITERATIVE = "|".join(name for name, entry in ATTACKS.items() if entry.iterative)
EVALUATION = RESULTS / "evaluations" / "{model}" / "{attack}" / "{epsilon}"
WEIGHTS = RESULTS / "models" / "{model}" / "weights.safetensors"


rule direction:
    message:
        "Direction of {wildcards.attack} for {wildcards.model}"
    input:
        weights=WEIGHTS,
        samples=samples(SPLIT.test),
        statistics=cohort_statistics,
    output:
        RESULTS / "directions" / "{model}" / "{attack}.npz",
    params:
        threat_model=config["threat_model"],
        loss=config["loss"],
        batch_size=config["evaluation"]["batch_size"],
        threads=THREADS,
        code=code("direction.py"),
    log:
        LOGS / "direction" / "{model}" / "{attack}.log",
    benchmark:
        BENCHMARKS / "direction" / "{model}" / "{attack}.tsv"
    threads: THREADS
    resources:
        gpu=1,
        mem_mb=lambda wildcards, attempt: STUDY.evaluation_memory * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    script:
        "../scripts/direction.py"


rule evaluate:
    message:
        "{wildcards.model} under {wildcards.attack}, epsilon {wildcards.epsilon}"
    input:
        weights=WEIGHTS,
        samples=samples(SPLIT.test),
        statistics=cohort_statistics,
        direction=direction,
    output:
        scores=f"{EVALUATION}.csv",
        protocol=f"{EVALUATION}.json",
        example=f"{EVALUATION}.npz",
    params:
        request=lambda wildcards: STUDY.request(wildcards.attack),
        threads=THREADS,
        code=code("evaluate.py"),
    log:
        LOGS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.log",
    benchmark:
        BENCHMARKS / "evaluate" / "{model}" / "{attack}" / "{epsilon}.tsv"
    threads: THREADS
    resources:
        gpu=1,
        mem_mb=lambda wildcards, attempt: STUDY.evaluation_memory * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
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
