"""A study from its configuration: cases, models, attacks, and the folder of results."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from robustseg.attacks.registry import PROBLEM, AttackEntry
from robustseg.data.cohort import stated
from robustseg.data.download.sources import missing_data
from robustseg.data.layouts.case_files import CaseFiles, canonical_files
from robustseg.data.split.selection import find_selected, plan_split
from robustseg.data.split.split import Split
from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import derive_seed, model_of
from robustseg.study import plugins
from robustseg.study.trainings import Trainings
from robustseg.tables.labels import NOT_COMPARABLE, OTHER_REGIONS

SHARED_KEYS = ("method", "epsilons", "models")
PAPER = (128, 16, 100)
"""Voxels per side, filters and epochs of the paper."""


class Study(Trainings):
    """Values of a valid configuration (see `configuration.check`); no image is read."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Keep ``config``."""
        super().__init__(config)
        self.results = Path("results") / config["study"]

    def seed(self, *names: object) -> int:
        """Return the seed of the job that ``names`` name."""
        return derive_seed(self.config["seed"], *names)

    @property
    def on_phantoms(self) -> bool:
        """Tell whether the cases are built-in phantoms."""
        return bool(self.config["data"]["source"] == "phantoms")

    @cached_property
    def sources(self) -> dict[str, CaseFiles]:
        """Return the files of every case, by case; those of phantoms are in their case folders."""
        data = self.config["data"]
        if self.on_phantoms:
            names = [f"phantom-{n:03d}" for n in range(1, data["phantoms"]["cases"] + 1)]
            folder = self.results / "cases"
            return {name: canonical_files(folder / name, name, self.cohort) for name in names}
        if missing := missing_data(data):
            raise InputError(missing)
        return {files.case: files for files in find_selected(data, self.cohort)}

    @cached_property
    def cases(self) -> list[str]:
        """Return the names of all cases, sorted."""
        return sorted(self.sources)

    @cached_property
    def split(self) -> Split:
        """Return the training and test cases."""
        sources = list(self.sources.values())
        return plan_split(sources, self.config["data"], seed=self.seed("split"))

    @property
    def preprocessing(self) -> dict[str, Any]:
        """Return the settings of the preprocessing of a case."""
        return plugins.preprocessing_settings(self.config["preprocessing"], self.config["plugins"])

    @property
    def skips_invalid(self) -> bool:
        """Tell whether invalid cases are skipped instead of an error."""
        return bool(self.config["data"]["on_invalid"] == "skip")

    def request(self, attack: str, network: str) -> dict[str, Any]:
        """Return everything that ``attack`` on ``network`` depends on, besides the files."""
        parameters, problem = self.parameters(attack), {}
        for key in PROBLEM:
            if key in parameters:
                problem[key] = parameters.pop(key)
        if problem.get("scale") == "temperature":
            problem["scale"] = self.models[model_of(network)].get("temperature", 1)
        if "loss" in problem:
            problem["objective"] = self._objective(problem.pop("loss"))
        if "losses" in parameters:
            parameters["losses"] = [self._objective(name) for name in parameters["losses"]]
        return {
            "attack": self.entry(attack).attack,
            "parameters": parameters,
            "problem": problem,
            "network": self.network,
            "threat_model": self.config["threat_model"],
            "loss": self.config["loss"],
            "batch_size": self.config["evaluation"]["batch_size"],
            "seed": self.seed("attack", attack),
            **stated(self.config["cohort"]),
        }

    def examination(self, network: str) -> dict[str, Any]:
        """Return everything that the diagnostics of ``network`` depend on, besides the files."""
        settings, model = self.config["diagnostics"], model_of(network)
        return {
            **{key: settings[key] for key in ("epsilon", "iterations", "queries")},
            "temperature": self.models[model].get("temperature", 1),
            "network": self.network,
            "threat_model": self.config["threat_model"],
            "loss": self.config["loss"],
            "seed": self.seed("diagnostics", model),
            **stated(self.config["cohort"]),
        }

    @property
    def not_comparable(self) -> str | None:
        """Return why the study's numbers are not comparable with the paper's, or None."""
        why = [NOT_COMPARABLE] if self.on_phantoms else []
        why += [] if self.cohort.like_the_paper else [OTHER_REGIONS]
        return "; ".join(why) or None

    @property
    def remarks(self) -> list[str]:
        """Return the remarks on all numbers, one sentence each."""
        config, remarks = self.config, self.cohort.remarks
        if config["distillation"]["scaled_logits"]:
            remarks.append(
                "Networks are written as z = T z' (distillation.scaled_logits): a gain of "
                "distillation under FGSM can be a saturated softmax alone."
            )
        network = config["network"]
        here = (
            config["preprocessing"]["size"],
            network.get("filters"),
            config["training"]["epochs"],
        )
        if network["name"] != "unet3d" and self.cohort.like_the_paper:
            remarks.append(f"Not the paper's protocol: the network is {network['name']}.")
        elif here != PAPER and self.cohort.like_the_paper:
            remarks.append(
                "Not the paper's protocol: {}³ voxels, {} filters, {} epochs; the paper has "
                "{}³, {} and {}.".format(*here, *PAPER)
            )
        return remarks

    @cached_property
    def attacks(self) -> dict[str, dict[str, Any]]:
        """Return the attacks to run: the paper's, and the chosen ensemble's, by name."""
        adaptive = self.config["adaptive"]
        members = {
            name: {**adaptive["attacks"][name], "epsilons": adaptive["epsilons"]}
            for name in self.ensemble
            if name in adaptive["attacks"]
        }
        return {**self.config["attacks"], **members}

    @property
    def ensemble(self) -> list[str]:
        """Return the attacks whose worst case measures the robustness of a model."""
        adaptive = self.config["adaptive"]
        return list(adaptive["ensembles"][adaptive["ensemble"]])

    def method(self, attack: str) -> str:
        """Return the name of ``attack`` in the registry of attacks."""
        return str(self._entry(attack).get("method", attack))

    def entry(self, attack: str) -> AttackEntry:
        """Return the entry of ``attack``."""
        return plugins.attack_entry(self.method(attack), self.config["plugins"])

    def _objective(self, name: str) -> str:
        return plugins.objective_target(name, self.config["plugins"])

    def _entry(self, attack: str) -> dict[str, Any]:
        # The study may not evaluate the attack of the transfer matrix.
        entry: dict[str, Any] = (
            self.attacks.get(attack) or self.config["adaptive"]["attacks"][attack]
        )
        return entry

    def iterative(self, attack: str) -> bool:
        """Tell whether ``attack`` has iterates to measure."""
        return self.entry(attack).iterative

    def attacked(self, attack: str) -> list[str]:
        """Return the models that ``attack`` is run on."""
        chosen = self.attacks[attack].get("models", "all")
        return self.evaluated if chosen == "all" else list(chosen)

    def parameters(self, attack: str) -> dict[str, Any]:
        """Return the attack's own parameters."""
        entry = self._entry(attack)
        return {key: value for key, value in entry.items() if key not in SHARED_KEYS}

    def epsilons(self, attack: str) -> list[str]:
        """Return the epsilons of ``attack`` as in file names."""
        return [f"{epsilon:g}" for epsilon in self.attacks[attack]["epsilons"]]

    def evaluations(self, *, iterative_only: bool = False) -> list[tuple[str, str, str]]:
        """Return every (network, attack, epsilon) of the study."""
        return [
            (network, attack, epsilon)
            for attack in self.attacks
            if self.iterative(attack) or not iterative_only
            for network in self.networks_of(self.attacked(attack))
            for epsilon in self.epsilons(attack)
        ]

    def has(self, model: str, attack: str, epsilon: float) -> bool:
        """Tell whether the study evaluates ``model`` under ``attack`` at ``epsilon``."""
        return (model, attack, f"{epsilon:g}") in self.evaluations()

    @property
    def reference(self) -> str:
        """Return the first model, which the others are compared with."""
        return self.evaluated[0]

    @property
    def figures(self) -> list[str]:
        """Return the names of the figures whose evaluations the study has."""
        attack_epsilon = self.config["tables"]["table1_epsilon"]
        iterative = any(
            self.has(self.reference, attack, attack_epsilon) for attack in ("i-fgsm", "ti-fgsm")
        )
        defenses = {self.models[name]["defense"] for name in self.evaluated}
        available = {
            "figure1": self.has(self.reference, "fgsm", attack_epsilon),
            "figure2": iterative,
            "figure3": "distillation" in defenses,
            "figure4": bool(defenses - {"undefended", "distillation"}),
            "figure5": self.has(self.reference, "fgsm", self.config["figures"]["figure5_epsilon"]),
            "figureS1": self.config["network"]["name"] == "unet3d",
            "figureS2": iterative,
            "training": True,
        }
        return [name for name, there in available.items() if there]
