"""Adversarial robustness of 3-D segmentation networks: attacks, defenses, diagnostics.

The names of `PUBLIC` are imported at their first use. All other names may change.
"""

from importlib import import_module

PUBLIC = {
    "apgd": "robustseg.attacks.apgd:apgd",
    "audit": "robustseg.diagnostics.audit:audit",
    "BRATS": "robustseg.data.cohort:BRATS",
    "Cohort": "robustseg.data.cohort:Cohort",
    "fgsm": "robustseg.attacks.fgsm:fgsm",
    "i_fgsm": "robustseg.attacks.iterative:i_fgsm",
    "InputError": "robustseg.runtime.errors:InputError",
    "load_model": "robustseg.models.weights:load_model",
    "pgd": "robustseg.attacks.pgd:pgd",
    "Problem": "robustseg.attacks.problem:Problem",
    "sea": "robustseg.attacks.apgd:sea",
    "square": "robustseg.attacks.square:square",
    "ThreatModel": "robustseg.threat.threat_model:ThreatModel",
    "ti_fgsm": "robustseg.attacks.iterative:ti_fgsm",
    "Undefended": "robustseg.defenses.undefended:Undefended",
}
"""Name to ``"module:object"``."""

__all__ = sorted(PUBLIC)


def __getattr__(name: str) -> object:
    """Import a public name."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'robustseg' has no attribute {name!r}")
    module, _, found = PUBLIC[name].partition(":")
    return getattr(import_module(module), found)
