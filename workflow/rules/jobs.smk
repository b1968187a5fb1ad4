"""Resources of jobs and parameters of their scripts."""

from robustseg.study import fingerprint as fingerprints, job_resources, preflight
from robustseg.study.plugins import targets

# A cluster's limits for one job, where a profile gives them in its `resources:`.
LIMITS = {"mem_mb": "node_mem_mb", "runtime": "walltime"}


def gpu_job(memory, minutes):
    """Resources of a job that uses a GPU where there is one. They grow with every attempt."""
    # The jobs of a group use its one GPU in turn, so a group counts as one slot.
    return {"gpu": 1, "gpu_slots": 1, **cpu_job(memory, minutes)}


def cpu_job(memory, minutes):
    """Resources of a job that uses no GPU. They grow with every attempt."""
    return {"mem_mb": growing("mem_mb", memory), "runtime": growing("runtime", minutes)}


def growing(resource, amount):
    """An amount (or a function of the wildcards) times the attempt, up to the limit."""

    def asked(wildcards, attempt):
        wanted = attempt * (amount(wildcards) if callable(amount) else amount)
        limit = workflow.global_resources.get(LIMITS[resource]).value
        return min(wanted, limit) if limit else wanted

    return asked


def preprocessing(wildcards):
    """Everything that the preprocessing of a case depends on, besides its files and cohort."""
    return STUDY.preprocessing


def recipe(wildcards):
    """Everything that a training depends on, besides its files."""
    return STUDY.recipe(wildcards.model)


def request(wildcards):
    """Everything that an evaluation depends on, besides its files."""
    return STUDY.request(wildcards.attack, wildcards.model)


def examination(wildcards):
    """Everything that the diagnostics of a model depend on, besides its files."""
    return STUDY.examination(wildcards.model)


def transfer_request(wildcards):
    """Everything that the attack of the transfer matrix depends on, besides its files."""
    return STUDY.request(config["adaptive"]["transfer"]["attack"], wildcards.model)


def training_minutes(wildcards):
    """Minutes of a training's first attempt."""
    return job_resources.training_minutes(STUDY, wildcards.model)


def training_memory(wildcards):
    """MB of a training's first attempt."""
    return job_resources.training_memory(STUDY, wildcards.model)


def evaluation_minutes(wildcards):
    """Minutes of an evaluation's first attempt."""
    return job_resources.evaluation_minutes(STUDY, wildcards.attack)


def examination_minutes(wildcards):
    """Minutes of a model's diagnostics, first attempt."""
    return job_resources.examination_minutes(STUDY)


def transfer_minutes(wildcards):
    """Minutes of a row of the transfer matrix, first attempt."""
    return job_resources.transfer_minutes(STUDY)


def code(script, of=None):
    """Fingerprint of the code of a script, and of the objects that the settings `of` a job name."""
    if of is None:
        return fingerprints.fingerprint(SCRIPTS / script)
    return lambda wildcards: fingerprints.fingerprint(
        SCRIPTS / script, *targets(of(wildcards)), plugins=config["plugins"]
    )


def settings(script, *keys, **more):
    """Parameters of a script: parts of the configuration, `more`, and the fingerprint of its code."""
    return {**{key: config[key] for key in keys}, **more, "code": code(script)}


def table_settings(name, **more):
    """Parameters of a table: its seed, the remarks below it, and `more`."""
    return settings(
        f"{name}.py",
        "threat_model",
        seed=STUDY.seed(name),
        remarks=STUDY.remarks,
        not_comparable=STUDY.not_comparable,
        **more,
    )


def submissions():
    """Partitions of the jobs to submit, whether each needs GPUs, and the longest time in minutes."""
    jobs = [job for job in workflow.dag.needrun_jobs() if not job.is_local]
    partitions = {}
    for job in jobs:
        name = job.resources.get("slurm_partition")
        needs_gpu = bool(job.resources.get("gpu"))
        partitions[name] = partitions.get(name, False) or needs_gpu
    partitions.pop(None, None)
    return partitions, max(
        (job.resources.get("runtime") or 0 for job in jobs), default=0
    )


onstart:
    problems = preflight.folder_problems(RESULTS)
    if workflow.executor_plugin.name == "slurm":
        partitions, minutes = submissions()
        problems += preflight.slurm_problems(partitions, minutes=minutes)
    else:
        asked = workflow.global_resources.get("gpu").value
        problems += preflight.gpu_problems(asked or 0)
    if problems:
        sys.exit("\n".join(problems))
