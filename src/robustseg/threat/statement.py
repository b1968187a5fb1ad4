"""The threat model in words, without the imports of `ThreatModel`."""

from collections.abc import Mapping


def state(settings: Mapping[str, str]) -> str:
    """State the settings of a `ThreatModel` in one line, as every result does."""
    return "norm=linf; " + "; ".join(f"{key}={settings[key]}" for key in sorted(settings))
