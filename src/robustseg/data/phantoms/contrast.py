"""From tissues to the intensities of a scanner."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from robustseg.data.phantoms.anatomy import FIELD_OF_VIEW, Anatomy
from robustseg.data.phantoms.random_fields import smooth_field

#: Intensities relative to the sequence's brightest normal tissue, of: fluid, gray matter, white
#: matter, necrosis (or non-enhancing tumor), edema, enhancing tumor.
INTENSITIES: Mapping[str, tuple[float, float, float, float, float, float]] = {
    "t1": (0.30, 0.72, 1.00, 0.45, 0.68, 0.62),
    "t1gd": (0.30, 0.74, 1.00, 0.45, 0.70, 1.50),
    "t2": (1.00, 0.58, 0.42, 0.90, 0.80, 0.64),
    "flair": (0.22, 0.76, 0.62, 0.58, 1.12, 0.92),
}
#: Blood in large vessels: bright where it carries contrast agent, a flow void elsewhere.
VESSELS: Mapping[str, float] = {"t1": 0.80, "t1gd": 4.50, "t2": 0.30, "flair": 0.35}
#: Non-enhancing tumor of low grade is solid, and bright in FLAIR.
LOW_GRADE_CORE: Mapping[str, float] = {"t1": 0.50, "t1gd": 0.52, "t2": 0.90, "flair": 0.92}


def render(
    rng: np.random.Generator,
    sequence: str,
    anatomy: Anatomy,
    labels: NDArray[np.uint8],
    vessels: NDArray[np.float32],
    *,
    low_grade: bool,
) -> NDArray[np.int16]:
    """Render one sequence of a phantom, skull-stripped.

    The intensity of a voxel is the mean of its tissues' intensities, which vary by a few percent
    per case. Then come texture, a smooth bias field as a factor, Rician noise (Gudbjartsson and
    Patz 1995, doi 10.1002/mrm.1910340618) and an arbitrary scale.

    Args:
        rng: source of all random values.
        sequence: one of those of BraTS.
        anatomy: the brain without the lesion.
        labels: (S, S, S), class indices of the lesion.
        vessels: (S, S, S), fraction of each voxel; see `draw_vessels`.
        low_grade: the core is solid tumor, not necrosis.

    Returns:
        int16 (S, S, S), at least 1 inside the brain and 0 outside.
    """
    size = labels.shape[-1]
    spacing = FIELD_OF_VIEW / size
    means = np.array(INTENSITIES[sequence])
    if low_grade:
        means[3] = LOW_GRADE_CORE[sequence]
    means *= np.exp(rng.normal(0, 0.04, means.size))

    lesion = _fractions(labels)
    normal = np.tensordot(means[:3].astype(np.float32), anatomy.tissues, axes=1)
    if sequence.startswith("t1"):
        normal += 0.7 * anatomy.detail
    normal += vessels * (VESSELS[sequence] * np.exp(rng.normal(0, 0.15)) - normal)
    texture = smooth_field(rng, size, scale=4 / spacing)
    intensity = (1 - lesion.sum(axis=0)) * normal * (1 + 0.03 * texture)
    intensity += np.tensordot(means[3:].astype(np.float32), lesion, axes=1) * (1 + 0.09 * texture)

    bias = np.exp(rng.uniform(0.08, 0.20) * smooth_field(rng, size, scale=55 / spacing))
    noise = rng.uniform(0.02, 0.045) * rng.standard_normal((2, *labels.shape), dtype=np.float32)
    magnitude = np.hypot(intensity * bias + noise[0], noise[1])
    # Tissue has intensities of hundreds on most scanners, of thousands on some.
    scaled = np.exp(rng.uniform(np.log(200), np.log(4000))) * magnitude
    return np.where(anatomy.brain, np.clip(np.rint(scaled), 1, 32767), 0).astype(np.int16)


def _fractions(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the fractions of classes 1, 2 and 3 in each voxel, with partial volume at edges."""
    from scipy.ndimage import gaussian_filter

    return np.stack(
        [gaussian_filter((labels == index).astype(np.float32), 0.55) for index in (1, 2, 3)]
    )
