"""What N4 did: the record of a case and the page of all cases."""

import re
from dataclasses import replace

import numpy as np
import pytest

from robustseg.data.cohort import BRATS
from robustseg.data.preprocessing.correction_record import (
    BINS,
    read_record,
    record_correction,
    write_record,
)
from robustseg.data.preprocessing.page import preprocessing_page
from robustseg.data.preprocessing.pictures import FIELD_COLORS, draw, write_pictures
from robustseg.data.preprocessing.sample import lost_classes, preprocess
from robustseg.runtime.errors import InputError


def record(strength=0.4):
    """Record a correction by a known field: a slope along x of tissues 100 and 200."""
    rng = np.random.default_rng(0)
    tissue = np.zeros((4, 20, 22, 24), dtype=np.float32)
    tissue[:, 2:18, 2:20, 2:22] = rng.choice([100, 200], size=(4, 16, 18, 20))
    log_field = np.broadcast_to(
        np.linspace(-strength, strength, 20)[:, None, None], tissue.shape[1:]
    ).astype(np.float32)
    return record_correction(
        tissue * np.exp(log_field), tissue, [log_field] * 4, [0.1, 0.2, 0.3, 0.4], cohort=BRATS
    )


def test_record_of_a_known_correction():
    found = record()
    brain = 16 * 18 * 20
    assert found.histograms.shape == (4, 2, BINS)
    # The tissues are two bins after the correction, at 100 and 200, and smeared before.
    for before, after in found.histograms:
        assert np.count_nonzero(after) == 2
        assert after.sum() == brain
        assert np.count_nonzero(before) > 10
    assert (found.spread[:, 0] > found.spread[:, 1]).all()
    inner = np.linspace(-0.4, 0.4, 20)[[2, 17]]
    np.testing.assert_allclose(found.field_range, np.tile(np.exp(inner), (4, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.seconds, [0.1, 0.2, 0.3, 0.4])
    # Slices: the tissue is the image without the field.
    tissue = found.before / np.exp(found.log_field)
    np.testing.assert_allclose(np.unique(tissue.round(2)), [100, 200])


def test_round_trip(tmp_path):
    found = record()
    write_record(tmp_path / "a.npz", found)
    again = read_record(tmp_path / "a.npz")
    for name, value in vars(found).items():
        np.testing.assert_array_equal(getattr(again, name), value)


@pytest.mark.parametrize("content", [None, b"", b"no npz"])
def test_damaged_record_is_one_line(tmp_path, content):
    path = tmp_path / "a.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{path}: not a readable record") as caught:
        read_record(path)
    assert "\n" not in str(caught.value)


def test_page_shows_every_case_strongest_field_first():
    page = preprocessing_page(
        {"a<b": record(0.1), "z": record(0.5)}, folder="pictures", shrink=4, cohort=BRATS
    )
    assert page.index("<td>z</td>") < page.index("<td>a&lt;b</td>")
    assert re.findall('src="(.*?)"', page) == ["pictures/z.png", "pictures/a%3Cb.png"]
    assert "in 2 s" in page
    assert "http" not in page


def test_picture_has_slices_field_and_both_histograms_of_every_sequence():
    panels = np.reshape(draw(record(), cohort=BRATS).axes, (4, len(BRATS.sequences)))
    assert [axes.get_title() for axes in panels[0]] == list(BRATS.sequences)
    assert all(len(axes.images) == 1 for axes in panels[:3].flat)
    assert all(len(axes.lines) == 2 for axes in panels[3])
    field = panels[2, 0].images[0].get_array()
    # x grows to the right, and with it the field.
    assert (field[10, 0], field[10, -1]) == pytest.approx((-0.32, 0.32), abs=0.01)
    assert FIELD_COLORS(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.01)


def test_picture_without_correction_has_slices_and_histograms():
    cohort = replace(
        BRATS, sequences=("ct",), bias_correction="none", windows={"ct": (-100.0, 100.0)}
    )
    image = np.random.default_rng(0).normal(0, 30, (1, 20, 20, 20)).astype(np.float32)
    found = record_correction(image, image, [np.zeros_like(image[0])], [0.0], cohort)
    assert len(draw(found, cohort).axes) == 2
    page = preprocessing_page({"a": found}, folder="pictures", shrink=4, cohort=cohort)
    assert "No bias field was corrected" in page
    assert "N4" not in page


def test_equal_records_are_equal_pictures(tmp_path):
    for folder in ("one", "two"):
        write_pictures(tmp_path / folder, {"a": record()}, cohort=BRATS)
    one, two = ((tmp_path / folder / "a.png").read_bytes() for folder in ("one", "two"))
    assert one == two


def test_a_class_that_resizing_deletes_is_named_on_the_page(tmp_path):
    images = np.ones((4, 33, 33, 33), dtype=np.float32)
    images[:, 0] = 2
    labels = np.zeros((33, 33, 33), dtype=np.uint8)
    labels[4:20, 4:20, 4:20] = 2
    labels[17, 17, 17] = 3
    sample = preprocess(images, labels, size=8, standardization="volume", cohort=BRATS)
    assert lost_classes(labels, sample, cohort=BRATS) == ["enhancing"]
    assert lost_classes(sample.labels, sample, cohort=BRATS) == []
    fields = [np.zeros((33, 33, 33), dtype=np.float32)] * 4
    plain = record_correction(images, images, fields, [0.0] * 4, cohort=BRATS)
    lost = replace(plain, lost=np.array(lost_classes(labels, sample, cohort=BRATS), dtype=str))
    for name, record in (("plain", plain), ("lost", lost)):
        write_record(tmp_path / f"{name}.npz", record)
    records = {name: read_record(tmp_path / f"{name}.npz") for name in ("plain", "lost")}
    page = preprocessing_page(records, folder="", shrink=4, cohort=BRATS)
    assert "no voxel of a class in 1 of 2 cases" in page
    assert "lost: enhancing" in page
    assert "no voxel of" not in preprocessing_page(
        {"plain": records["plain"]}, folder="", shrink=4, cohort=BRATS
    )


@pytest.mark.parametrize("value", [60, -40, 30000])
def test_a_body_of_one_value_has_a_histogram(value):
    """Contrast may be in fewer voxels than the percentile that ends the histogram."""
    ct = replace(
        BRATS,
        sequences=("ct",),
        bias_correction="none",
        windows={"ct": (value - 500.0, value + 100.0)},
    )
    image = np.full((1, 20, 20, 20), value - 500, dtype=np.float32)
    image[:, 2:18, 2:18, 2:18] = value
    image[:, 9, 9, 9] = value + 50
    flat = np.zeros(image.shape[1:], dtype=np.float32)
    record = record_correction(image, image, [flat], [0.0], ct)
    assert record.histograms[0].sum(axis=1).tolist() == [16**3 - 1] * 2
