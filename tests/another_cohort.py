"""Small cohorts that are not of brain tumors, with the sheets that list them."""

from pathlib import Path

import nibabel as nib
import numpy as np
import yaml

SHAPE = (26, 24, 20)
# Left, posterior, superior order, and voxels that are not cubic.
AFFINE = np.array([[-1.5, 0, 0, 20], [0, -1.5, 0, 30], [0, 0, 2.5, -5], [0, 0, 0, 1]])

CT = {
    "cohort": {
        "sequences": ["ct"],
        "windows": {"ct": [-200, 300]},
        "bias_correction": "none",
        "classes": [{"name": "liver", "label": 1}],
        "regions": [{"name": "liver", "labels": [1]}],
    }
}
KNEE = {
    "cohort": {
        "sequences": ["pd", "T2_map"],
        "classes": [{"name": "bone", "label": 10}, {"name": "cartilage", "label": 20}],
        "regions": [
            {"name": "joint", "labels": [10, 20]},
            {"name": "cartilage", "labels": [20]},
        ],
    }
}


def ball(center: np.ndarray, radius: float) -> np.ndarray:
    """Return which voxels lie within an ellipsoid; ``radius`` 1 fills the volume."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    distance = sum((axis - c) ** 2 for axis, c in zip(axes, center, strict=True))
    return np.asarray(distance < radius**2)


def save(path: Path, voxels: np.ndarray) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, AFFINE), path)
    return path.name


def write_cohort(folder: Path, settings: dict, *, cases: int = 7, **data: object) -> Path:
    """Write images, labels, `cases.tsv` and `overlay.yaml` below ``folder``; return the overlay.

    A body, an organ in it, and where there is a second class a core of the organ. CT has air of
    -1000 around the body, other images have zeros.
    """
    cohort = settings["cohort"]
    labels = [entry["label"] for entry in cohort["classes"]]
    lines = ["\t".join(("case", *cohort["sequences"], "label"))]
    for number in range(cases):
        rng = np.random.default_rng(number)
        center = rng.uniform(-0.25, 0.25, 3)
        body, organ = ball(np.zeros(3), 0.9), ball(center, rng.uniform(0.4, 0.55))
        truth = np.where(organ, labels[0], 0).astype(np.int16)
        if len(labels) > 1:
            truth[ball(center, 0.25)] = labels[1]
        cells = [f"case-{number}"]
        for place, sequence in enumerate(cohort["sequences"]):
            tissue = 40 + 100 * (truth == labels[0]) + (160 - 60 * place) * (truth == labels[-1])
            image = np.where(body, tissue + rng.normal(0, 12, SHAPE), 0)
            if sequence == "ct":
                image = np.where(body, image, -1000)
            else:
                image = np.where(body, np.maximum(image + 60, 1), 0)
            name = f"{cells[0]}_{sequence}.nii.gz"
            cells.append(save(folder / name, image.astype(np.int16)))
        cells.append(save(folder / f"{cells[0]}_label.nii.gz", truth))
        lines.append("\t".join(cells))
    (folder / "cases.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    overlay = folder / "overlay.yaml"
    sheet = {"source": "sheet", "sheet": "cases.tsv", "test_fraction": 0.4, **data}
    overlay.write_text(yaml.safe_dump({"data": sheet, **settings}), encoding="utf-8")
    return overlay
