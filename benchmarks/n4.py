"""N4 on every fourth voxel against N4 on all of them.

    python benchmarks/n4.py [CASE_FOLDER ...] [--sequence t1]

On a phantom of 128^3 voxels and on real cases of any BraTS layout. Both run in one thread with the
same iterations. The full resolution takes minutes a sequence.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from markdown import heading, row

from robustseg.data.cohort import BRATS
from robustseg.data.layouts.find import find_cases
from robustseg.data.nifti import read_volume
from robustseg.data.phantoms.phantom import write_phantom
from robustseg.data.preprocessing.bias_field import correct_bias_field


def compare(folder: Path, sequence: str) -> None:
    """Print a row of the table for every case in a folder."""
    for files in find_cases(folder, cohort=BRATS):
        image = read_volume(files.sequences[sequence])[0].astype(np.float32)
        fields, seconds = [], []
        for shrink in (1, 4):
            start = time.process_time()
            fields.append(correct_bias_field(image, shrink=shrink)[1][image > 0])
            seconds.append(time.process_time() - start)
        full, fast = seconds
        correlation = np.corrcoef(fields[0], fields[1])[0, 1]
        numbers = [f"{full:.1f}", f"{fast:.2f}", f"{full / fast:.0f}", f"{correlation:.4f}"]
        print(row([files.case, *numbers]), flush=True)


def main() -> None:
    """Print a Markdown table of the phantom and the cases of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="case folders of a BraTS layout")
    parser.add_argument("--sequence", choices=BRATS.sequences, default="t1")
    options = parser.parse_args()
    columns = ("all voxels (CPU s)", "every fourth (CPU s)", "ratio", "correlation")
    print(heading("case", *columns))
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(
            Path(folder) / "phantom", case="phantom", seed=0, size=128, sequences=BRATS.sequences
        )
        for each in (Path(folder), *options.folders):
            compare(each, options.sequence)


if __name__ == "__main__":
    main()
