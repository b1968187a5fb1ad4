import csv
import gzip
import struct

import numpy as np
import pytest

from robustseg.data.cases import find_cases
from robustseg.data.validation import case_problems, validate_cases, write_validation


def truncate(path, tiny):
    path.write_bytes(path.read_bytes()[:-200])


def lose_checksum(path, tiny):
    path.write_bytes(path.read_bytes()[:-4])


def save(change):
    def damage(path, tiny):
        tiny.save(path, change(tiny.intensities().astype(np.float32)))

    return damage


def with_value(value):
    def change(volume):
        volume[5, 5, 5] = value
        return volume

    return change


def shift(path, tiny):
    affine = np.eye(4)
    affine[0, 3] = 0.5
    tiny.save(path, tiny.intensities(), affine)


def lose_affine(path, tiny):
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[300:304] = struct.pack("<f", float("nan"))  # srow_y[1] of the NIfTI-1 header
    path.write_bytes(gzip.compress(content))


IMAGE_DAMAGE = {
    "truncated": (truncate, "unpacked"),
    "checksum": (lose_checksum, "unpacked"),
    "not gzip": (lambda path, tiny: path.write_bytes(b"hello"), "unpacked"),
    "not nifti": (lambda path, tiny: path.write_bytes(gzip.compress(b"x")), "read"),
    "missing": (lambda path, tiny: path.unlink(), "no such file"),
    "empty file": (lambda path, tiny: path.write_bytes(b""), "read"),
    "2-D": (save(lambda v: v[0]), ""),
    "4-D": (save(lambda v: np.stack([v, v], axis=-1)), "three axes"),
    "shape": (save(lambda v: v[:-1]), "differs"),
    "nan": (save(with_value(np.nan)), "not finite"),
    "inf": (save(with_value(np.inf)), "not finite"),
    "zero": (save(np.zeros_like), "zero everywhere"),
    "negative": (save(lambda v: -np.abs(v.astype(np.float32))), "no positive voxel"),
    "constant": (save(lambda v: (v > 0).astype(np.float32)), "mask"),
    "complex": (save(lambda v: v.astype(np.complex64)), "not numbers"),
    "position": (shift, "0.5 mm"),
    "affine": (lose_affine, "read"),
}


def only(folder):
    (files,) = find_cases(folder)
    return files


@pytest.mark.parametrize("name", IMAGE_DAMAGE)
def test_each_damage_of_an_image_is_one_line(tmp_path, write_case, tiny, name):
    damage, words = IMAGE_DAMAGE[name]
    files = only(write_case(tmp_path / "a", "a"))
    damage(files.sequences["t2"], tiny)
    (problem,) = case_problems(files)
    assert problem.startswith(f"{files.sequences['t2']}: ")
    assert words in problem
    assert "; " in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v[..., :-1], "differs"),
        (lambda v: np.where(v == 4, 5, v).astype(np.uint8), "label value 5"),
        (lambda v: v * np.float32(0.5), "label value 0.5"),
        (lambda v: np.where(v == 1, 3, v).astype(np.uint8), "3 and 4"),
    ],
)
def test_each_damage_of_the_labels_is_one_line(tmp_path, write_case, tiny, change, words):
    files = only(write_case(tmp_path / "a", "a"))
    tiny.save(files.labels, change(tiny.labels()))
    (problem,) = case_problems(files)
    assert problem.startswith(f"{files.labels}: ")
    assert words in problem


def test_harmless_oddities_pass(tmp_path, write_case, tiny):
    files = only(write_case(tmp_path / "a", "a"))
    tiny.save(files.labels, tiny.labels() * np.float32(1.0001))
    nudged = np.eye(4)
    nudged[0, 3] = 0.01
    tiny.save(files.sequences["t1gd"], tiny.intensities() - np.int16(3), nudged)
    assert case_problems(files) == []
    tiny.save(files.labels, np.zeros(tiny.shape, dtype=np.uint8))
    assert case_problems(files) == []


def test_decathlon_case(msd, tiny):
    first, second = find_cases(msd)
    assert case_problems(first) == []
    volumes = np.stack([tiny.intensities(k) for k in range(4)], axis=-1)
    volumes[..., 0] = 0
    tiny.save(second.labels, tiny.labels(4))
    tiny.save(first.sequences["t1"], volumes)
    problems = validate_cases([first, second])
    assert [problem.split(": ")[0] for problem in problems] == [
        str(first.sequences["t1"]),
        str(second.labels),
    ]
    assert "flair is zero everywhere" in problems[0]
    tiny.save(first.sequences["t1"], volumes[..., :3])
    assert "(X, Y, Z, 4)" in case_problems(first)[0]


def test_validation_table(tmp_path, write_case):
    write_case(tmp_path / "b", "b")
    write_case(tmp_path / "a", "a")
    write_validation(tmp_path / "validation.csv", find_cases(tmp_path))
    with (tmp_path / "validation.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["case", "status"], ["a", "valid"], ["b", "valid"]]


def test_real_case(brats):
    files = {c.case: c for c in find_cases(brats)}["BraTS2021_01531"]
    assert case_problems(files) == []
