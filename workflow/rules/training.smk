"""One training a model; a student waits for its teacher."""


def teacher_weights(wildcards):
    """The weights of the model's teacher, where it has one."""
    teacher = STUDY.models[wildcards.model].get("teacher")
    return RESULTS / "models" / teacher / "weights.safetensors" if teacher else []


rule train:
    message:
        "Training {wildcards.model}"
    input:
        samples=samples(SPLIT.train),
        statistics=cohort_statistics,
        teacher=teacher_weights,
    output:
        weights=RESULTS / "models" / "{model}" / "weights.safetensors",
        history=RESULTS / "models" / "{model}" / "history.csv",
        tensorboard=directory(RESULTS / "models" / "{model}" / "tensorboard"),
    params:
        recipe=lambda wildcards: STUDY.recipe(wildcards.model),
        checkpoint=str(RESULTS / "checkpoints" / "{model}.pt"),
        threads=THREADS,
        code=code("train.py"),
    log:
        LOGS / "train" / "{model}.log",
    benchmark:
        BENCHMARKS / "train" / "{model}.tsv"
    threads: THREADS
    resources:
        gpu=1,
        mem_mb=lambda wildcards, attempt: STUDY.training_memory * attempt,
        runtime=lambda wildcards, attempt: 1440 * attempt,
    script:
        "../scripts/train.py"
