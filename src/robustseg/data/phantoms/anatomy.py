"""Brains for the lesions: the ICBM152 average anatomy, deformed at random."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from robustseg.data.phantoms.random_fields import smooth_field

FIELD_OF_VIEW = 192.0  # mm, along each axis
_MIDDLE = np.array([98.0, 117.0, 76.0])  # mm, of the brain's box in the maps


@dataclass(frozen=True)
class Anatomy:
    """A lesion-free brain on the phantom's grid.

    Attributes:
        tissues: float32 (3, S, S, S), fractions of cerebrospinal fluid, gray and white matter;
            they sum to one inside the brain.
        detail: float32 (S, S, S), the T1 map minus its tissue fractions, as a share of the
            intensity of white matter.
        brain: bool (S, S, S).
    """

    tissues: NDArray[np.float32]
    detail: NDArray[np.float32]
    brain: NDArray[np.bool_]


@lru_cache(maxsize=1)
def icbm152_maps(block: int) -> NDArray[np.float32]:
    """Return the ICBM152 2009 T1, gray- and white-matter maps, averaged over blocks of voxels.

    nilearn's functions `load_mni152_template`, `load_mni152_gm_template` and
    `load_mni152_wm_template` return the same maps. The maps are read from nilearn's package data,
    because importing those functions takes longer than making a phantom.

    Args:
        block: edge of a block in mm; the maps have 1 mm voxels.

    Returns:
        float32 (3, X, Y, Z) in [0, 1], skull-stripped.
    """
    import nibabel as nib

    data = files("nilearn") / "datasets" / "data"
    maps = []
    for name in ("t1", "gm", "wm"):
        path = str(data / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz")
        image = nib.nifti1.Nifti1Image.from_filename(path)
        voxels = np.asanyarray(image.dataobj)
        shape = [length // block for length in voxels.shape]
        voxels = voxels[tuple(slice(0, length * block) for length in shape)]
        total = np.zeros(shape, dtype=np.float32)
        for offset in np.ndindex(block, block, block):
            total += voxels[tuple(slice(o, None, block) for o in offset)]
        maps.append(total / total.max())
    return np.stack(maps)


def draw_coordinates(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Draw the position of each voxel in the maps: an affine map and a smooth warp.

    Standard deviations: rotations 5 degrees, scales 4 %, shifts 2 mm, warp 3 mm.

    Returns:
        float32 (3, size, size, size), mm from the first voxel of the maps.
    """
    spacing = FIELD_OF_VIEW / size
    axis = (np.arange(size, dtype=np.float32) - (size - 1) / 2) * spacing
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1)
    # The ICBM152 brain is larger than a typical one, by about a seventh along each axis.
    scales = 1.14 * np.exp(rng.normal(0, 0.03) + rng.normal(0, 0.03, 3))
    linear = (_rotation(rng.normal(0, np.deg2rad(5), 3)) * scales).astype(np.float32)
    shift = (_MIDDLE + rng.normal(0, 2, 3)).astype(np.float32)
    coordinates: NDArray[np.float32] = (linear @ grid).reshape(3, size, size, size)
    coordinates += shift[:, None, None, None]
    for component in coordinates:
        component += 3.0 * smooth_field(rng, size, scale=22 / spacing)
    return coordinates


def sample_anatomy(coordinates: NDArray[np.float32]) -> Anatomy:
    """Sample the maps at ``coordinates`` (3, S, S, S), in mm from the maps' first voxel."""
    from scipy.ndimage import map_coordinates

    block = block_size(coordinates.shape[-1])
    # Block (0, 0, 0) averages voxels 0 to block - 1, so its center is at (block - 1) / 2 mm.
    points = (coordinates - (block - 1) / 2) / block
    t1, gray, white = (
        map_coordinates(volume, points, order=1, mode="constant") for volume in icbm152_maps(block)
    )
    brain = t1 > 0.25
    fluid = np.clip(1 - gray - white, 0, 1)
    tissues = np.stack([fluid, gray, white]) * brain
    tissues /= np.maximum(tissues.sum(axis=0), 1e-6)
    expected = 0.27 * tissues[0] + 0.65 * tissues[1] + 0.87 * tissues[2]
    return Anatomy(tissues=tissues, detail=(t1 - expected) / 0.87 * brain, brain=brain)


def block_size(size: int) -> int:
    """Return the edge of the blocks for averaging the maps, somewhat finer than the phantom."""
    return max(1, round(0.75 * FIELD_OF_VIEW / size))


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation about x, then y, then z by ``angles`` in radians."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        first, second = (axis + 1) % 3, (axis + 2) % 3
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
        matrix = turn @ matrix
    return matrix
