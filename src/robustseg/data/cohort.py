"""The contents of a case: its sequences, the classes of its labels, and their regions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The common properties of all cases of a study.

    Attributes:
        sequences: images of a case, the channels of the network, in this order.
        classes: of the segmentation, background first; a class's index is its place.
        labels: the value of each class in the label files; 0 is background.
        regions: name -> indices of the classes that make it up. Dice is measured in each.
        windows: sequence -> lowest and highest intensity, in scanner units. Intensities outside are
            clipped. The lowest intensity is background, such as air in CT.
        bias_correction: "n4" for magnetic resonance, or "none".
    """

    sequences: tuple[str, ...]
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    regions: Mapping[str, tuple[int, ...]]
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    bias_correction: Literal["n4", "none"] = "n4"

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Cohort":
        """Return the cohort that a valid ``cohort:`` of the configuration describes.

        Args:
            values: `sequences`, `classes` (name and label), `regions` (name and labels),
                `windows`, `bias_correction`.
        """
        labels = (0, *(entry["label"] for entry in values["classes"]))
        return cls(
            sequences=tuple(values["sequences"]),
            classes=("background", *(entry["name"] for entry in values["classes"])),
            labels=labels,
            regions={
                entry["name"]: tuple(sorted(labels.index(label) for label in entry["labels"]))
                for entry in values["regions"]
            },
            windows={
                name: (float(low), float(high)) for name, (low, high) in values["windows"].items()
            },
            bias_correction=values["bias_correction"],
        )

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        classes = list(zip(self.classes, self.labels, strict=True))[1:]
        return {
            "sequences": list(self.sequences),
            "classes": [{"name": name, "label": label} for name, label in classes],
            "regions": [
                {"name": name, "labels": [self.labels[index] for index in region]}
                for name, region in self.regions.items()
            ],
            "windows": {name: list(window) for name, window in self.windows.items()},
            "bias_correction": self.bias_correction,
        }

    def background(self, sequence: str) -> float:
        """Return the intensity of the background: the lower end of a window, or else 0."""
        return self.windows[sequence][0] if sequence in self.windows else 0.0

    @property
    def of_tumors(self) -> bool:
        """Tell whether the labels are those of BraTS: of tumors in a brain."""
        return (self.classes, self.labels) == (BRATS.classes, BRATS.labels)

    @property
    def like_the_paper(self) -> bool:
        """Tell whether Dice is measured in the paper's regions: those of BraTS."""
        return self.classes == BRATS.classes and dict(self.regions) == dict(BRATS.regions)

    @property
    def remarks(self) -> list[str]:
        """Return the remarks for numbers that a reader could confuse with the paper's."""
        if not self.like_the_paper:
            return []
        remarks = []
        if self.sequences != BRATS.sequences:
            ours, theirs = ", ".join(self.sequences), ", ".join(BRATS.sequences)
            remarks.append(f"the sequences {ours}; the paper has {theirs}")
        if self.bias_correction != "n4":
            remarks.append("no bias field correction; the paper has N4")
        if self.windows:
            remarks.append(f"windows of {', '.join(self.windows)}; the paper has none")
        return [f"Not the paper's protocol: {remark}." for remark in remarks]


BRATS = Cohort(
    sequences=("t1", "t1gd", "t2", "flair"),
    classes=("background", "necrotic", "edema", "enhancing"),
    labels=(0, 1, 2, 4),
    regions={"wt": (1, 2, 3), "tc": (1, 3), "et": (3,)},
)


def stated(values: Mapping[str, Any], *, regions: bool = True) -> dict[str, Any]:
    """Return the settings that jobs get from ``cohort:`` of the configuration.

    Args:
        values: of the configuration.
        regions: whether the job measures. Other jobs get no regions, so they do not rerun when the
            regions change.
    """
    return {"cohort": values if regions else {**values, "regions": []}}
