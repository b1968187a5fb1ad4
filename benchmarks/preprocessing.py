"""Preprocessing of one real case on one core, beside the way one would write it first.

    python benchmarks/preprocessing.py CASE_FOLDER [--size 128]

CASE_FOLDER is a case of any BraTS layout. Both sides read the same files, correct every sequence
with N4 on every fourth voxel, crop, resize, standardize and write one npz; each side is a process
of its own, so that its peak memory is its own. The naive side uses scipy's zoom, float64 arrays
and a compressed npz. Times are CPU seconds of one thread: what one core takes when nothing else
runs on it.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy is imported

import nibabel as nib  # noqa: E402
import numpy as np  # noqa: E402
from markdown import heading, row  # noqa: E402
from scipy import ndimage  # noqa: E402

from robustseg.data.cohort import BRATS  # noqa: E402
from robustseg.data.labels import to_classes  # noqa: E402
from robustseg.data.layouts.canonical import import_case, read_case  # noqa: E402
from robustseg.data.layouts.case_files import CaseFiles  # noqa: E402
from robustseg.data.layouts.find import find_cases  # noqa: E402
from robustseg.data.preprocessing.bias_field import correct_bias_field  # noqa: E402
from robustseg.data.preprocessing.sample import foreground_box, preprocess  # noqa: E402
from robustseg.data.samples import write_sample  # noqa: E402
from robustseg.data.validation.case import check_case  # noqa: E402

Stages = dict[str, float]


def library(files: CaseFiles, folder: Path, size: int) -> Stages:
    """Preprocess a case as the workflow does, validation and case folder included."""
    clock = Clock()
    check_case(files, cohort=BRATS)
    clock.note("validation")
    import_case(files, folder, cohort=BRATS)
    clock.note("case folder")
    images, labels, _ = read_case(folder, files.case, cohort=BRATS)
    clock.note("reading")
    corrected = np.stack([correct_bias_field(image)[0] for image in images])
    clock.note("N4")
    sample = preprocess(corrected, labels, size=size, standardization="volume", cohort=BRATS)
    clock.note("crop, resize, standardize")
    write_sample(folder / "sample.npz", sample)
    clock.note("writing")
    return clock.stages


def naive(files: CaseFiles, folder: Path, size: int) -> Stages:
    """Preprocess a case without a second thought."""
    clock = Clock()
    load: Any = nib.load
    images = [load(path).get_fdata() for path in files.sequences.values()]
    labels = to_classes(load(files.labels).get_fdata(), enhancing=files.enhancing, cohort=BRATS)
    clock.note("reading")
    log_fields = [correct_bias_field(image.astype(np.float32))[1] for image in images]
    corrected = np.stack(images) / np.exp(np.stack(log_fields))
    clock.note("N4")
    box = foreground_box(np.any(corrected != 0, axis=0))
    zoom = [size / (part.stop - part.start) for part in box]
    cube = np.stack([ndimage.zoom(image[box], zoom, order=1) for image in corrected])
    cube -= cube.mean(axis=(1, 2, 3), keepdims=True)
    cube /= cube.std(axis=(1, 2, 3), keepdims=True)
    classes = ndimage.zoom(labels[box], zoom, order=0)
    clock.note("crop, resize, standardize")
    np.savez_compressed(folder / "naive.npz", image=cube.astype(np.float32), labels=classes)
    clock.note("writing")
    return clock.stages


class Clock:
    """CPU seconds between notes."""

    def __init__(self) -> None:
        """Start."""
        self.stages: Stages = {}
        self._last = time.process_time()

    def note(self, stage: str) -> None:
        """Write down what has passed since the last note."""
        now = time.process_time()
        self.stages[stage] = now - self._last
        self._last = now


def measure(
    function: Callable[[CaseFiles, Path, int], Stages], files: CaseFiles, size: int
) -> tuple[Stages, float]:
    """Run one side in a process of its own; return its stages and its peak memory in GiB."""
    with (
        tempfile.TemporaryDirectory() as folder,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        stages = pool.apply(function, (files, Path(folder), size))
        return stages, pool.apply(peak_memory)


def peak_memory() -> float:
    """Return the most memory that this process has had, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Run both sides on the case of the command line and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="case folder of a BraTS layout")
    parser.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    (files,) = find_cases(options.folder, cohort=BRATS)
    ours, our_memory = measure(library, files, options.size)
    theirs, their_memory = measure(naive, files, options.size)
    print(heading("stage", "naive (CPU s)", "library (CPU s)"))
    for stage in ours:
        plain = f"{theirs[stage]:.2f}" if stage in theirs else "-"
        print(row([stage, plain, f"{ours[stage]:.2f}"]))
    print(row(["all", f"{sum(theirs.values()):.2f}", f"{sum(ours.values()):.2f}"]))
    print(row(["peak memory (GiB)", f"{their_memory:.2f}", f"{our_memory:.2f}"]))


if __name__ == "__main__":
    main()
