"""Phantom cases: real anatomy, synthetic lesions and a synthetic scanner."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robustseg.data.cohort import BRATS
from robustseg.data.labels import to_nifti_labels
from robustseg.data.layouts.case_files import canonical_files
from robustseg.data.nifti import write_volume
from robustseg.data.phantoms.anatomy import FIELD_OF_VIEW, draw_coordinates, sample_anatomy
from robustseg.data.phantoms.contrast import render
from robustseg.data.phantoms.lesion import displace, draw_plan, grow
from robustseg.data.phantoms.vessels import draw_vessels


def write_phantom(
    folder: Path,
    *,
    case: str,
    seed: int,
    size: int = 64,
    sequences: Sequence[str],
) -> None:
    """Write a phantom case in the BraTS layout: `<folder>/<case>_{t1,t1ce,t2,flair,seg}.nii.gz`.

    About one case in eight is of low grade, with little or no enhancing tumor. The same
    arguments give the same bytes.

    Args:
        folder: the case folder itself; created if necessary.
        case: name of the case.
        seed: of all random values.
        size: edge of the cubic volume in voxels; it spans 192 mm, so 64 makes voxels of 3 mm.
        sequences: to write, from those of BraTS. Each is independent of the others.
    """
    rng = np.random.default_rng(seed)
    plan = draw_plan(rng, size)
    coordinates = draw_coordinates(rng, size)
    anatomy = sample_anatomy(displace(coordinates, plan))
    labels = grow(rng, plan, anatomy, coordinates)

    spacing = FIELD_OF_VIEW / size
    vessels = draw_vessels(rng, anatomy.tissues[2], spacing=spacing)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = -(size - 1) / 2 * spacing
    files = canonical_files(folder, case, BRATS)
    for sequence, path in files.sequences.items():
        image = render(rng, sequence, anatomy, labels, vessels, low_grade=plan.low_grade)
        if sequence in sequences:
            write_volume(path, image, affine)
    write_volume(files.labels, to_nifti_labels(labels, BRATS), affine)
