"""One training for each model and seed. A student waits for its teacher."""

CHECKPOINT = str(RESULTS / "checkpoints" / "{model}.pt")


# Trainings are the longest jobs, so they come first. Evaluations fill the remaining cores.
rule train:
    input:
        samples=training_samples,
        statistics=cohort_statistics,
        teacher=teacher_weights,
    output:
        weights=WEIGHTS,
        history=WEIGHTS.with_name("history.csv"),
        tensorboard=directory(WEIGHTS.with_name("tensorboard")),
    log:
        LOGS / "train" / "{model}.log",
    benchmark:
        BENCHMARKS / "train" / "{model}.tsv"
    priority: 10
    conda:
        "../../envs/torch.yaml"
    threads: THREADS
    resources:
        **gpu_job(training_memory, training_minutes),
    params:
        recipe=recipe,
        checkpoint=CHECKPOINT,
        threads=THREADS,
        code=code("train.py", of=recipe),
    message:
        "Training {wildcards.model}"
    script:
        "../scripts/train.py"


onsuccess:
    # A training keeps its checkpoint until now: a killed Snakemake does not know that the training
    # is complete, and runs it again.
    for job in workflow.dag.jobs:
        if job.rule.name == "train" and all(
            Path(file).exists() for file in job.output
        ):
            Path(job.params.checkpoint).unlink(missing_ok=True)
