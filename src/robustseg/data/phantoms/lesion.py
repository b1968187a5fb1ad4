"""Gliomas grown in white matter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustseg.data.phantoms.anatomy import FIELD_OF_VIEW, Anatomy, block_size, icbm152_maps
from robustseg.data.phantoms.random_fields import smooth_field

LOW_GRADE_SHARE = 0.13


@dataclass(frozen=True)
class LesionPlan:
    """The properties of a lesion, drawn before the anatomy, which makes room for it.

    Attributes:
        low_grade: mostly non-enhancing core with little edema.
        center: (3,), mm in the coordinates of the maps.
        whole: whole tumor, as a share of the brain's volume.
        core: tumor core, as a share of the whole tumor.
        rim: mean thickness of the enhancing rim in mm.
        shape: (3, 3), maps an offset from the center to one on a sphere.
    """

    low_grade: bool
    center: NDArray[np.float64]
    whole: float
    core: float
    rim: float
    shape: NDArray[np.float64]


def draw_plan(rng: np.random.Generator, size: int) -> LesionPlan:
    """Draw a lesion for a phantom of ``size`` voxels per side."""
    low_grade = bool(rng.random() < LOW_GRADE_SHARE)
    axes = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    stretch = np.exp(rng.normal(0, 0.14, 3))
    return LesionPlan(
        low_grade=low_grade,
        center=_draw_center(rng, block_size(size)),
        whole=float(rng.uniform(0.04, 0.11)),
        core=float(rng.uniform(0.55, 0.75) if low_grade else rng.uniform(0.30, 0.55)),
        rim=float(rng.uniform(7.0, 10.0)),
        shape=axes @ np.diag(stretch / np.prod(stretch) ** (1 / 3)) @ axes.T,
    )


def displace(coordinates: NDArray[np.float32], plan: LesionPlan) -> NDArray[np.float32]:
    """Apply the mass effect: tissue around the lesion's center is pushed outwards.

    Args:
        coordinates: (3, S, S, S), mm in the maps.
        plan: of the lesion.

    Returns:
        Coordinates of the tissue that is there afterwards, same shape.
    """
    offset = _offset(coordinates, plan)
    reach = 1.3 * _core_radius(plan)
    pull: NDArray[np.float32] = 0.30 * np.exp(-np.sum(offset**2, axis=0) / (2 * reach**2))
    offset *= pull
    return coordinates - offset


def grow(
    rng: np.random.Generator,
    plan: LesionPlan,
    anatomy: Anatomy,
    coordinates: NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Grow the lesion: the first voxels that a front from the center reaches, up to its volume.

    Irregularities, gray matter and fluid slow the front down; gray matter slows edema much more
    than the core. The rim is the outer layer of the core, of variable thickness.

    Args:
        rng: source of the irregularities.
        plan: of the lesion.
        anatomy: the brain to grow in.
        coordinates: (3, S, S, S), mm in the maps, before the mass effect.

    Returns:
        uint8 (S, S, S), class indices.
    """
    from scipy.ndimage import distance_transform_edt

    size = coordinates.shape[-1]
    spacing = FIELD_OF_VIEW / size
    offset = _offset(coordinates, plan)
    radius = np.sqrt(np.sum(np.tensordot(plan.shape, offset, axes=1) ** 2, axis=0))
    fluid, gray, _ = anatomy.tissues
    rough = smooth_field(rng, size, scale=7 / spacing)
    fine = smooth_field(rng, size, scale=5 / spacing)
    within = anatomy.brain & (fluid < 0.6)
    volume = plan.whole * anatomy.brain.sum()

    core_front = radius * (1 + 0.10 * rough) + 8 * fluid + 2 * gray
    core = _first_reached(core_front, within, plan.core * volume)
    whole_front = radius * (1 + 0.10 * rough + 0.06 * fine) + 12 * gray + 14 * fluid
    whole = core | _first_reached(np.where(core, -np.inf, whole_front), within, volume)

    labels = np.where(whole, np.uint8(2), np.uint8(0))
    labels[core] = 1
    if plan.low_grade:
        # A nodule, or in every fourth case no enhancing tumor.
        share = rng.choice([0.0, 0.05, 0.08, 0.12])
        labels[_first_reached(-fine, core, share * core.sum())] = 3
    else:
        depth = distance_transform_edt(core, sampling=spacing)
        labels[core & (depth < plan.rim * np.clip(1 + 0.3 * fine, 0.5, 1.6))] = 3
    return labels


def _draw_center(rng: np.random.Generator, block: int) -> NDArray[np.float64]:
    """Draw a point in deep white matter of a cerebral hemisphere, in mm in the maps."""
    from scipy.ndimage import gaussian_filter

    white = gaussian_filter(icbm152_maps(block)[2], 8 / block)
    x, y, z = np.meshgrid(*[np.arange(n) * block for n in white.shape], indexing="ij", sparse=True)
    # Away from the midline, above and in front of the cerebellum and brainstem.
    hemisphere = (np.abs(x - 98) > 16) & (z > 55) & ((z > 68) | (y > 90))
    weights = np.cumsum(np.where(hemisphere & (white > 0.45), white, 0).astype(np.float64).ravel())
    index = int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
    return np.array(np.unravel_index(index, white.shape), dtype=np.float64) * block


def _offset(coordinates: NDArray[np.float32], plan: LesionPlan) -> NDArray[np.float32]:
    """Return the offset in mm from the lesion's center to every voxel, (3, S, S, S)."""
    offset: NDArray[np.float32] = coordinates - plan.center.astype("f4")[:, None, None, None]
    return offset


def _first_reached(
    front: NDArray[np.float32], within: NDArray[np.bool_], volume: float
) -> NDArray[np.bool_]:
    """Return the ``volume`` voxels of a mask that ``front`` reaches first, in one piece."""
    from scipy.ndimage import label

    number = min(round(volume), int(within.sum()))
    if number == 0:
        return np.zeros_like(within)
    reached = within & (front <= np.partition(front[within], number - 1)[number - 1])
    pieces, _ = label(reached)
    return np.asarray(pieces == np.bincount(pieces[reached]).argmax())


def _core_radius(plan: LesionPlan) -> float:
    """Return the radius of a ball as large as the core, in mm of the maps (a brain of 1890 ml)."""
    return float((3 * plan.core * plan.whole * 1.89e6 / (4 * np.pi)) ** (1 / 3))
