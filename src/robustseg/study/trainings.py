"""The trainings of a study: every model once for each training seed.

A *network* is a model that was trained with a seed. The network of the first seed has the plain
name of the model. The others are called ``<model>@<seed>``, so adding a seed to the list keeps the
existing networks.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from robustseg.data.cohort import Cohort, stated
from robustseg.defenses.registry import DefenseEntry
from robustseg.runtime.seeds import derive_seed, model_of, network_name, seed_of
from robustseg.study import plugins

NOT_ITS_OWN = ("name", "defense", "training")
"""Keys of a model that its defense does not get."""


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
        """Return the models of the tables: all except the teachers, in configured order."""
        teachers = {model.get("teacher") for model in self.models.values()}
        return [name for name in self.models if name not in teachers]

    @property
    def seeds(self) -> list[int]:
        """Return the training seeds of every model; without a list, the study's seed."""
        return [int(seed) for seed in self.config["seeds"] or [self.config["seed"]]]

    @property
    def networks(self) -> list[str]:
        """Return all networks, teachers included."""
        return self.networks_of(self.models)

    def networks_of(self, models: Iterable[str]) -> list[str]:
        """Return the networks of ``models``: model by model, in the order of the seeds."""
        return [network_name(model, seed, self.seeds) for model in models for seed in self.seeds]

    def teacher(self, network: str) -> str | None:
        """Return the teacher of ``network``, with the same seed; None without a teacher."""
        teacher = self.models[model_of(network)].get("teacher")
        return network_name(teacher, seed_of(network, self.seeds), self.seeds) if teacher else None

    @cached_property
    def cohort(self) -> Cohort:
        """Return the cohort of the study."""
        return Cohort.from_json(self.config["cohort"])

    def defense(self, model: str) -> DefenseEntry:
        """Return the entry of the defense of ``model``."""
        return plugins.defense_entry(self.models[model]["defense"], self.config["plugins"])

    @property
    def network(self) -> str:
        """Return ``"module:object"`` of the network."""
        name = self.config["network"]["name"]
        return plugins.network_entry(name, self.config["plugins"]).build

    def architecture(self, model: str) -> dict[str, Any]:
        """Return the architecture of ``model``, with z = T z' if configured."""
        network = self.config["network"]
        entry = plugins.network_entry(network["name"], self.config["plugins"])
        keys = [key for key in (*entry.parameters, *entry.optional) if key in network]
        architecture = {"name": entry.build, **{key: network[key] for key in keys}}
        architecture |= plugins.channels(
            entry.build,
            sequences=len(self.cohort.sequences),
            classes=len(self.cohort.classes),
        )
        if self.config["distillation"]["scaled_logits"]:
            architecture["logit_scale"] = self.models[model].get("temperature", 1)
        return architecture

    def training(self, model: str) -> dict[str, Any]:
        """Return the training settings of ``model``: the study's, then its own."""
        return {**self.config["training"], **self.models[model].get("training", {})}

    def recipe(self, network: str) -> dict[str, Any]:
        """Return all that the training of ``network`` depends on, except samples and teacher."""
        model = model_of(network)
        entry = self.models[model]
        recipe = {
            "defense": self.defense(model).build,
            "model": {key: value for key, value in entry.items() if key not in NOT_ITS_OWN},
            "architecture": self.architecture(model),
            "training": self.training(model),
            "augmentation": self.config["augmentation"],
            "loss": self.config["loss"],
            "seed": derive_seed(seed_of(network, self.seeds), "train", model),
            **stated(self.config["cohort"], regions=False),
        }
        if entry["defense"] != "undefended":
            recipe["threat_model"] = self.config["threat_model"]
        if "teacher" in entry:
            recipe["teacher_temperature"] = self.models[entry["teacher"]].get("temperature", 1)
        return recipe
