"""What the rules ask: files by case, network, attack and epsilon.

The wildcard {model} is a network: a model, trained with one of the study's seeds. The plain name of
a model is that of the first seed.
"""

from robustseg.data.layouts.case_files import canonical_files

# Path, category and title of what the index shows, filled by the rules.
SHOWN = []


def samples(cases):
    """Preprocessed samples of the cases."""
    return [RESULTS / "samples" / f"{case}.npz" for case in cases]


def kept(cases):
    """The cases without those that the validation made the study skip."""
    if not STUDY.skips_invalid:
        return cases
    from robustseg.data.validation.cohort import invalid_cases

    checkpoints.skipping.get()
    skipped = invalid_cases(RESULTS / "validation.csv")
    return [case for case in cases if case not in skipped]


def examined_samples(wildcards):
    """Samples of the first test cases, for the diagnostics."""
    return samples(kept(SPLIT.test)[: config["diagnostics"]["cases"]])


def training_samples(wildcards):
    """Samples of the training cases that are not skipped."""
    return samples(kept(SPLIT.train))


def test_samples(wildcards):
    """Samples of the test cases that are not skipped."""
    return samples(kept(SPLIT.test))


def corrections(wildcards):
    """What N4 did to every case that is not skipped."""
    return [RESULTS / "corrections" / f"{case}.npz" for case in kept(CASES)]


def skipping(wildcards):
    """The table that names the skipped cases, where the study skips any."""
    return RESULTS / "validation.csv" if STUDY.skips_invalid else []


def validation_settings():
    """What decides whether the validated cases can be used."""
    return {
        "on_invalid": config["data"]["on_invalid"],
        "min_test_cases": config["data"]["min_test_cases"],
        "train": SPLIT.train,
        "test": SPLIT.test,
    }


def cohort_statistics(wildcards):
    """The training split's intensity statistics, where standardization uses them."""
    if config["preprocessing"]["standardization"] == "cohort":
        return RESULTS / "cohort_statistics.json"
    return []


def case_folder_files(case):
    """The files of a case folder, of a phantom or of an imported case."""
    return canonical_files(RESULTS / "cases" / case, case, STUDY.cohort).paths


def source_files(wildcards):
    """A case's files, and of patients what tells that these have changed, whatever their dates."""
    files = STUDY.sources[wildcards.case]
    contents = {} if STUDY.on_phantoms else {"contents": files.contents}
    return {**files.as_json(), **contents}


def evaluation_files(suffix, **selection):
    """A file of every evaluation of the study."""
    return [
        RESULTS / "evaluations" / network / attack / f"{epsilon}{suffix}"
        for network, attack, epsilon in STUDY.evaluations(**selection)
    ]


def paper_numbers(name):
    """The file of the paper's numbers and its text, where the data are comparable to its own."""
    if STUDY.not_comparable:
        return {"paper": None}
    # Not an input: its date is that of the checkout.
    path = BASE / "resources" / name
    return {"paper": str(path), "printed": path.read_text()}


def teacher_weights(wildcards):
    """The weights of the network's teacher, where it has one."""
    teacher = STUDY.teacher(wildcards.model)
    return RESULTS / "models" / teacher / "weights.safetensors" if teacher else []


def figure(name, category, title):
    """The files of a figure; the PNG goes into index and report."""
    stem = RESULTS / "figures" / name
    return {"png": reported(f"{stem}.png", category, title), "pdf": f"{stem}.pdf"}


def example(model, attack, epsilon):
    """The example that an evaluation keeps for the figures: of the first seed's network."""
    return RESULTS / "evaluations" / model / attack / f"{epsilon:g}.npz"


def figure1_examples():
    """What Figure 1 shows: clean, then every attack of Table 1 that the study runs."""
    epsilon = config["tables"]["table1_epsilon"]
    attacks = [
        name for name in ("fgsm", "i-fgsm", "ti-fgsm") if name in config["attacks"]
    ]
    shown = [(STUDY.reference, attack, epsilon) for attack in attacks]
    return [
        (STUDY.reference, "fgsm", 0),
        *(choice for choice in shown if STUDY.has(*choice)),
    ]


def figure5_examples(epsilon):
    """The examples of Figure 5 at one epsilon: every model of the tables."""
    return [example(model, "fgsm", epsilon) for model in STUDY.evaluated]


def diagnostics():
    """What the diagnostics found of every network of the tables."""
    networks = STUDY.networks_of(STUDY.evaluated)
    return expand(RESULTS / "diagnostics" / "{model}.json", model=networks)


def table(name, category, title):
    """The files of a table; the page goes into index and report."""
    stem = RESULTS / "tables" / name
    return {"csv": f"{stem}.csv", "html": reported(f"{stem}.html", category, title)}


def reported(path, category, title):
    """A file that the index and Snakemake's report show, with the caption of its own name."""
    file = shown(path, category, title)
    return report(
        file, category=category, caption=caption_of(path), labels={"file": title}
    )


def shown(path, category, title):
    """A file that the index shows, with the caption of its own name."""
    SHOWN.append((str(path), category, title))
    return path


def pictures_of_cases(name, category, title):
    """A folder with a picture of every case, which Snakemake's report shows."""
    return report(
        directory(RESULTS / name),
        patterns=["{case}.png"],
        category=category,
        caption=caption_of(name),
        labels={"file": title, "case": "{case}"},
    )


def caption_of(path):
    """The caption of a file, as a rule names it."""
    return f"../report/{Path(path).stem}.rst"


def index_files():
    """What the index shows: all but figures that the study has no evaluations for."""
    figures = {*STUDY.figures, "robustness", "transfer"}
    return [
        {"path": path, "category": category, "title": title}
        for path, category, title in SHOWN
        if not path.endswith(".png") or Path(path).stem in figures
    ]


def captions(files):
    """The texts of the captions, by name, and of the introduction."""
    names = ["study", *(Path(file["path"]).stem for file in files)]
    return {name: (CAPTIONS / f"{name}.rst").read_text() for name in names}
