"""What a study trains: every model once for each training seed, and how these networks are called.

A trained *network* is a model and a seed. That of the first seed has the model's plain name, the
others are called ``<model>@<seed>``: so a seed that is added to the list leaves what exists.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from robustseg.runtime.seeds import model_of, network_name, seed_of


class Trainings:
    """Models and networks of a valid configuration."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Keep ``config``."""
        self.config = config

    @cached_property
    def models(self) -> dict[str, dict[str, Any]]:
        """Return all models by name, teachers included."""
        return {model["name"]: model for model in self.config["models"]}

    @cached_property
    def evaluated(self) -> list[str]:
        """Return the models of the tables: all but the teachers, in the configuration's order."""
        teachers = {model.get("teacher") for model in self.models.values()}
        return [name for name in self.models if name not in teachers]

    @property
    def seeds(self) -> list[int]:
        """Return the seeds that every model is trained with; without a list the study's own."""
        return [int(seed) for seed in self.config["seeds"] or [self.config["seed"]]]

    @property
    def networks(self) -> list[str]:
        """Return all networks, teachers included."""
        return self.networks_of(self.models)

    def networks_of(self, models: Iterable[str]) -> list[str]:
        """Return the networks of ``models``: of each one after the other, in the seeds' order."""
        return [network_name(model, seed, self.seeds) for model in models for seed in self.seeds]

    def teacher(self, network: str) -> str | None:
        """Return the network that teaches ``network``: of its own seed; None without a teacher."""
        teacher = self.models[model_of(network)].get("teacher")
        return network_name(teacher, seed_of(network, self.seeds), self.seeds) if teacher else None
