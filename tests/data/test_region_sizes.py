import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.region_sizes import empty_remarks, write_region_sizes
from robustseg.data.samples import Sample, write_sample


@pytest.fixture
def table(tmp_path):
    """The sizes of a whole tumor, one without enhancing tumor, and none at all."""
    samples = []
    for case, classes in (("NA", (1, 2, 3)), ("b", (1, 2)), ("c", ())):
        labels = np.zeros((4, 4, 4), np.uint8)
        for number, label in enumerate(classes):
            labels[number, 0, : label + 1] = label
        path = tmp_path / f"{case}.npz"
        write_sample(
            path,
            Sample(image=np.random.default_rng(0).random((4, 4, 4, 4), np.float32), labels=labels),
        )
        samples.append(str(path))
    write_region_sizes(tmp_path / "sizes.csv", samples, BRATS)
    return tmp_path / "sizes.csv"


def test_sizes_are_voxels_of_the_regions(table):
    assert table.read_text() == "case,wt,tc,et\nNA,9,6,4\nb,5,2,0\nc,0,0,0\n"


def test_regions_that_some_cases_lack_are_said(table):
    (line,) = empty_remarks(table)
    assert line.startswith(
        "In the network's input, wt is there in 2 of 3, tc is there in 2 of 3, et is there in 1 of"
    )


def test_nothing_is_said_where_every_case_has_every_region(table):
    table.write_text("case,wt,tc,et\na,9,6,4\n")
    assert empty_remarks(table) == []
