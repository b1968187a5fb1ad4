"""Input functions of the rules: files by case, network, attack and epsilon.

The wildcard {model} is a network: a model that was trained with one of the study's seeds. The
network of the first seed has the plain name of the model.
"""

from robustseg.data.layouts.case_files import canonical_files

# Path, category and title of each file in the index. The rules fill this list.
SHOWN = []


def samples(cases):
    """Preprocessed samples of the cases."""
    return [RESULTS / "samples" / f"{case}.npz" for case in cases]


def kept(cases):
    """The cases without those that the validation skips."""
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
    """Records of the bias field correction of the cases that are not skipped."""
    return [RESULTS / "corrections" / f"{case}.npz" for case in kept(CASES)]


def skipping(wildcards):
    """The table that names the skipped cases, where the study skips any."""
    return RESULTS / "validation.csv" if STUDY.skips_invalid else []


def validation_settings():
    """Settings that decide whether the validated cases can be used."""
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
    """A case's files and, for patients, what identifies their contents whatever their dates."""
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
    """The file of the paper's numbers and its text, where the data are comparable to the paper's."""
    if STUDY.not_comparable:
        return {"paper": None}
    # Not an input, because its date is that of the checkout.
    path = BASE / "resources" / name
    return {"paper": str(path), "printed": path.read_text()}


def teacher_weights(wildcards):
    """The weights of the network's teacher, where it has one."""
    teacher = STUDY.teacher(wildcards.model)
    return RESULTS / "models" / teacher / "weights.safetensors" if teacher else []


def figure(name, category, title):
    """The files of a figure. The index and the report show the PNG."""
    stem = RESULTS / "figures" / name
    return {"png": reported(f"{stem}.png", category, title), "pdf": f"{stem}.pdf"}


def example(model, attack, epsilon):
    """The example that an evaluation of the first seed's network keeps for the figures."""
    return RESULTS / "evaluations" / model / attack / f"{epsilon:g}.npz"


def figure1_examples():
    """Examples of Figure 1: clean, then every attack of Table 1 that the study runs."""
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
    """Diagnostics of every network of the tables."""
    networks = STUDY.networks_of(STUDY.evaluated)
    return expand(RESULTS / "diagnostics" / "{model}.json", model=networks)


def table(name, category, title):
    """The files of a table. The index and the report show the page."""
    stem = RESULTS / "tables" / name
    return {"csv": f"{stem}.csv", "html": reported(f"{stem}.html", category, title)}


def reported(path, category, title):
    """A file that the index and Snakemake's report show, with the caption of the same name."""
    file = shown(path, category, title)
    return report(
        file, category=category, caption=caption_of(path), labels={"file": title}
    )


def shown(path, category, title):
    """A file that the index shows, with the caption of the same name."""
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
    """The path of a file's caption, relative to the rules."""
    return f"../report/{Path(path).stem}.rst"


def index_files():
    """Files of the index, without the figures that the study has no evaluations for."""
    figures = {*STUDY.figures, "robustness", "transfer"}
    return [
        {"path": path, "category": category, "title": title}
        for path, category, title in SHOWN
        if not path.endswith(".png") or Path(path).stem in figures
    ]


def captions(files):
    """The texts of the introduction and of the captions, by name."""
    names = ["study", *(Path(file["path"]).stem for file in files)]
    return {name: (CAPTIONS / f"{name}.rst").read_text() for name in names}
