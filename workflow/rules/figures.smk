"""The figures of the paper, and the course of the trainings."""


def figure(name, category, title):
    """The files of a figure; the PNG goes into the report."""
    stem = RESULTS / "figures" / name
    return {
        "png": report(
            f"{stem}.png",
            category=category,
            caption=f"../report/{name}.rst",
            labels={"file": title},
        ),
        "pdf": f"{stem}.pdf",
    }


def example(model, attack, epsilon):
    """The example that an evaluation keeps for the figures."""
    return RESULTS / "evaluations" / model / attack / f"{epsilon:g}.npz"


def figure1_examples():
    """What Figure 1 shows: clean, then every attack of Table 1 that the study runs."""
    epsilon = config["tables"]["table1_epsilon"]
    attacks = [name for name in ("fgsm", "i-fgsm", "ti-fgsm") if name in config["attacks"]]
    shown = [(STUDY.reference, attack, epsilon) for attack in attacks]
    return [(STUDY.reference, "fgsm", 0), *(choice for choice in shown if STUDY.has(*choice))]


def figure5_examples(epsilon):
    """What Figure 5 shows at one epsilon: every model of the tables."""
    return [(model, "fgsm", epsilon) for model in STUDY.evaluated]


rule figure1:
    message:
        "Figure 1"
    input:
        [example(*choice) for choice in figure1_examples()],
    output:
        **figure("figure1", "Attacks", "Figure 1: one case under each attack"),
    params:
        shown=figure1_examples(),
        note=NOTE,
        code=code("figure1.py"),
    log:
        LOGS / "figure1.log",
    localrule: True
    script:
        "../scripts/figure1.py"


rule figure2:
    message:
        "Figure 2"
    input:
        RESULTS / "iterations.csv",
    output:
        **figure("figure2", "Attacks", "Figure 2: Dice and iterations"),
    params:
        model=STUDY.reference,
        figure="figure2",
        note=NOTE,
        code=code("iteration_curves.py"),
    log:
        LOGS / "figure2.log",
    localrule: True
    script:
        "../scripts/iteration_curves.py"


use rule figure2 as figureS2 with:
    message:
        "Supplemental Figure 2"
    output:
        **figure("figureS2", "Attacks", "Supplemental Figure 2: PSNR and iterations"),
    params:
        model=STUDY.reference,
        figure="figure_s2",
        note=NOTE,
        code=code("iteration_curves.py"),
    log:
        LOGS / "figureS2.log",


rule figure3:
    message:
        "Figure 3"
    input:
        RESULTS / "scores.csv",
    output:
        **figure("figure3", "Defences", "Figure 3: distillation"),
    params:
        models=STUDY.evaluated,
        figure="figure3",
        note=NOTE,
        code=code("dice_curves.py"),
    log:
        LOGS / "figure3.log",
    localrule: True
    script:
        "../scripts/dice_curves.py"


use rule figure3 as figure4 with:
    message:
        "Figure 4"
    output:
        **figure("figure4", "Defences", "Figure 4: adversarial training"),
    params:
        models=STUDY.evaluated,
        figure="figure4",
        note=NOTE,
        code=code("dice_curves.py"),
    log:
        LOGS / "figure4.log",


rule figure5:
    message:
        "Figure 5"
    input:
        clean=[example(*choice) for choice in figure5_examples(0)],
        attacked=[
            example(*choice)
            for choice in figure5_examples(config["figures"]["figure5_epsilon"])
        ],
    output:
        **figure("figure5", "Defences", "Figure 5: one case and every model"),
    params:
        models=STUDY.evaluated,
        epsilon=config["figures"]["figure5_epsilon"],
        note=NOTE,
        code=code("figure5.py"),
    log:
        LOGS / "figure5.log",
    localrule: True
    script:
        "../scripts/figure5.py"


rule figureS1:
    message:
        "Supplemental Figure 1"
    output:
        **figure("figureS1", "Training", "Supplemental Figure 1: the network"),
    params:
        network=config["network"],
        size=config["preprocessing"]["size"],
        code=code("network_figure.py"),
    log:
        LOGS / "figureS1.log",
    localrule: True
    script:
        "../scripts/network_figure.py"


rule training_curves:
    message:
        "Training curves"
    input:
        expand(RESULTS / "models" / "{model}" / "history.csv", model=STUDY.models),
    output:
        **figure("training", "Training", "Loss of every training"),
    params:
        models=list(STUDY.models),
        note=NOTE,
        code=code("training_curves.py"),
    log:
        LOGS / "training_curves.log",
    localrule: True
    script:
        "../scripts/training_curves.py"
