"""The figures of the paper, and the training curves."""


rule figure1:
    input:
        [example(*choice) for choice in figure1_examples()],
    output:
        **figure("figure1", "Attacks", "Figure 1: one case under each attack"),
    log:
        LOGS / "figure1.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **COHORT,
        shown=figure1_examples(),
        note=NOTE_OF_FIRST,
        code=code("figure1.py"),
    message:
        "Figure 1"
    script:
        "../scripts/figure1.py"


rule figure2:
    input:
        RESULTS / "iterations.csv",
    output:
        **figure("figure2", "Attacks", "Figure 2: Dice and iterations"),
    log:
        LOGS / "figure2.log",
    conda:
        "../../envs/tables.yaml"
    params:
        model=STUDY.reference,
        epsilon=config["tables"]["table1_epsilon"],
        figure="figure2",
        note=NOTE,
        code=code("iteration_curves.py"),
    message:
        "Figure 2"
    script:
        "../scripts/iteration_curves.py"


use rule figure2 as figureS2 with:
    output:
        **figure("figureS2", "Attacks", "Supplemental Figure 2: PSNR and iterations"),
    log:
        LOGS / "figureS2.log",
    params:
        figure="figure_s2",
    message:
        "Supplemental Figure 2"


rule figure3:
    input:
        RESULTS / "scores.csv",
    output:
        **figure("figure3", "Defenses", "Figure 3: distillation"),
    log:
        LOGS / "figure3.log",
    conda:
        "../../envs/tables.yaml"
    params:
        models=STUDY.evaluated,
        figure="figure3",
        note=NOTE,
        code=code("dice_curves.py"),
    message:
        "Figure 3"
    script:
        "../scripts/dice_curves.py"


use rule figure3 as figure4 with:
    output:
        **figure("figure4", "Defenses", "Figure 4: adversarial training"),
    log:
        LOGS / "figure4.log",
    params:
        figure="figure4",
    message:
        "Figure 4"


rule figure5:
    input:
        clean=figure5_examples(0),
        attacked=figure5_examples(config["figures"]["figure5_epsilon"]),
    output:
        **figure("figure5", "Defenses", "Figure 5: one case and every model"),
    log:
        LOGS / "figure5.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **COHORT,
        models=STUDY.evaluated,
        epsilon=config["figures"]["figure5_epsilon"],
        note=NOTE_OF_FIRST,
        code=code("figure5.py"),
    message:
        "Figure 5"
    script:
        "../scripts/figure5.py"


rule figureS1:
    output:
        **figure("figureS1", "Training", "Supplemental Figure 1: the network"),
    log:
        LOGS / "figureS1.log",
    conda:
        "../../envs/tables.yaml"
    params:
        **COHORT,
        network=config["network"],
        size=config["preprocessing"]["size"],
        code=code("network_figure.py"),
    message:
        "Supplemental Figure 1"
    script:
        "../scripts/network_figure.py"


rule training_curves:
    input:
        expand(RESULTS / "models" / "{model}" / "history.csv", model=STUDY.networks),
    output:
        **figure("training", "Training", "Loss of every training"),
    log:
        LOGS / "training_curves.log",
    conda:
        "../../envs/tables.yaml"
    params:
        networks=STUDY.networks,
        note=NOTE,
        code=code("training_curves.py"),
    message:
        "Training curves"
    script:
        "../scripts/training_curves.py"
