"""Labels of models, attacks and regions, the same for tables and figures."""

import re

REGIONS = {"wt": "Whole tumor", "tc": "Tumor core", "et": "Enhancing tumor"}
ATTACKS = {
    "none": "No attack",
    "fgsm": "FGSM",
    "i-fgsm": "i-FGSM",
    "ti-fgsm": "ti-FGSM",
    "random-signs": "Random signs",
}
METHODS = {
    ("undefended", False): ("No defense", "No\ndefense"),
    ("distillation", True): ("Distillation (T\u00a0=\u00a0{})", "Distilled\nT\u00a0=\u00a0{}"),
    ("adversarial", True): (
        "Adversarial training (ε\u00a0=\u00a0{})",
        "Adversarial\nε\u00a0=\u00a0{}",
    ),
    ("pgd", True): ("PGD training (ε\u00a0=\u00a0{})", "PGD\nε\u00a0=\u00a0{}"),
    ("noise", True): ("Noise training (radius\u00a0{})", "Noise\n{}"),
}
"""Method, and whether its models have a number -> label and label of two lines."""

NOT_COMPARABLE = "phantom data, not comparable"
OTHER_REGIONS = "other regions than the paper's"


def region_label(region: str) -> str:
    """Return the title of a region; a region outside BraTS keeps its name."""
    return REGIONS.get(region, region)


def region_code(region: str) -> str:
    """Return the short name of a region: WT, TC, ET, or else its name."""
    return region.upper() if region in REGIONS else region


def region_of_code(code: str) -> str:
    """Return the region of a short name."""
    return code.lower() if code.lower() in REGIONS else code


def family(model: str) -> tuple[str, str]:
    """Split ``distillation-20`` into its method and number; the number is empty without one."""
    found = re.fullmatch(r"(.+?)-(\d+(?:\.\d+)?(?:e[+-]?\d+)?)", model)
    return (found[1], found[2]) if found else (model, "")


def model_label(model: str) -> str:
    """Return the label of a model, for instance ``Distillation (T = 20)``.

    An unknown model, such as the user's own, keeps its name.
    """
    method, number = family(model)
    return METHODS.get((method, bool(number)), (model, model))[0].format(number)


def in_sentence(model: str) -> str:
    """Return the label of a model inside a sentence, such as ``no defense``."""
    return "no defense" if model == "undefended" else model_label(model)


def attack_label(attack: str, epsilon: float) -> str:
    """Return the label of an attack; epsilon 0 is no attack, whatever its name."""
    return ATTACKS["none"] if epsilon == 0 else ATTACKS.get(attack, attack)


def short_model_label(model: str) -> str:
    """Return the label of a model for a narrow column, in two lines."""
    method, number = family(model)
    return METHODS.get((method, bool(number)), (model, model))[1].format(number)
