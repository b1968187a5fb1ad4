"""One training a model; a student waits for its teacher."""


rule train:
    input:
        samples=training_samples,
        statistics=cohort_statistics,
        teacher=teacher_weights,
    output:
        weights=RESULTS / "models" / "{model}" / "weights.safetensors",
        history=RESULTS / "models" / "{model}" / "history.csv",
        tensorboard=directory(RESULTS / "models" / "{model}" / "tensorboard"),
    log:
        LOGS / "train" / "{model}.log",
    benchmark:
        BENCHMARKS / "train" / "{model}.tsv"
    # Trainings are the long jobs: the short evaluations fill up what they leave.
    priority: 10
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(STUDY.training_memory, 1440),
    params:
        recipe=lambda wildcards: STUDY.recipe(wildcards.model),
        checkpoint=str(RESULTS / "checkpoints" / "{model}.pt"),
        threads=THREADS,
        code=code("train.py"),
    message:
        "Training {wildcards.model}"
    script:
        "../scripts/train.py"
