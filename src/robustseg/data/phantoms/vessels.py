"""Large vessels. With contrast agent they are by far the brightest voxels of a head.

They matter because epsilon is a fraction of the largest magnitude of a volume. In standardized real
cases this magnitude is about 5 to 9 (mostly T1Gd). Tissues alone reach 3.
"""

import numpy as np
from numpy.typing import NDArray

from robustseg.data.phantoms.random_fields import smooth_field

CURVATURE = 27.0
RADIUS = 3.5
"""Both in mm: the scale of the vessels' curves, and their radius."""


def draw_vessels(
    rng: np.random.Generator, white_matter: NDArray[np.float32], *, spacing: float
) -> NDArray[np.float32]:
    """Draw winding tubes outside white matter, like the large veins and arteries.

    A tube follows the line on which two independent smooth random fields are both zero.

    Args:
        rng: source of the two fields.
        white_matter: (S, S, S), its fraction of each voxel.
        spacing: voxel size in mm.

    Returns:
        float32 (S, S, S), the vessels' fraction of each voxel.
    """
    size = white_matter.shape[-1]
    first, second = (smooth_field(rng, size, scale=CURVATURE / spacing) for _ in range(2))
    # A field of this scale changes by about 1 / (sqrt(2) scale) from voxel to voxel.
    width = RADIUS / (np.sqrt(2) * CURVATURE)
    tubes: NDArray[np.float32] = np.exp(-(first**2 + second**2) / (2 * width**2))
    return tubes * (1 - white_matter)
