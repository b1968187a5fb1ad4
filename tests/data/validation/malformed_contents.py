"""Ways in which the contents of files can be wrong, each with the cause that must be named.

A way is a function of the cohort's folder (cases a, b and c in the BraTS layout, whole) and of
the makers of tiny files; it damages the cohort and returns the path that the line must begin with.
"""

import gzip
import shutil
import struct

import nibabel as nib
import numpy as np

from .malformed_files import ALL, of


def rewrite(change, part="t2", **options):
    """Replace the voxels of a file of case b."""

    def damage(folder, tiny):
        path = of(folder, part=part)
        voxels = np.asarray(nib.load(path).dataobj)
        tiny.save(path, change(voxels), **options)
        return path

    return damage


def rewrite_labels(change):
    return rewrite(change, part="seg")


def floats(change):
    return rewrite(lambda v: change(v.astype(np.float32)))


def replaced(value):
    def change(volume):
        volume[5, 5, 5] = value
        return volume

    return floats(change)


def header(offset, fmt, *values, part="t2"):
    """Overwrite bytes of the NIfTI-1 header of case b's file."""

    def damage(folder, tiny):
        path = of(folder, part=part)
        content = bytearray(gzip.decompress(path.read_bytes()))
        struct.pack_into(fmt, content, offset, *values)
        path.write_bytes(gzip.compress(bytes(content)))
        return path

    return damage


def file_bytes(change, part="t2"):
    def damage(folder, tiny):
        path = of(folder, part=part)
        path.write_bytes(change(path.read_bytes()))
        return path

    return damage


def affine(matrix, parts=("t2",)):
    """Give files of case b another affine."""

    def damage(folder, tiny):
        for part in parts:
            path = of(folder, part=part)
            tiny.save(path, np.asarray(nib.load(path).dataobj), np.array(matrix, dtype=float))
        return of(folder, part=parts[0])

    return damage


def turned(degrees):
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return [[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def copied_within(folder, tiny):
    shutil.copy(of(folder, part="t1"), of(folder))
    return of(folder)


def copied_between(folder, tiny):
    shutil.copy(of(folder, "a"), of(folder, "b"))
    return of(folder)


def labels_copied_between(folder, tiny):
    shutil.copy(of(folder, "a", "seg"), of(folder, "b", "seg"))
    return of(folder, part="seg")


def swapped_with_labels(folder, tiny):
    shutil.copy(of(folder, part="t1"), of(folder, part="seg"))
    return of(folder, part="seg")


def mirrored_labels(volume):
    moved = np.zeros_like(volume)
    moved[0] = 2
    return moved


def colors(volume):
    rgb = np.zeros(volume.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgb["R"] = volume % 256
    return rgb


def bomb(content):
    """A stream that unpacks to much more than its header declares."""
    return gzip.compress(gzip.decompress(content) + bytes(50_000_000))


# dim[0..3] are int16 at byte 40, datatype and bitpix at 70, pixdim at 76, vox_offset at 108,
# srow_x at 280, magic at 344 of the NIfTI-1 header.
CONTENT = {
    "truncated gzip": (file_bytes(lambda b: b[:-200]), "cannot be read"),
    "cut before the checksum": (file_bytes(lambda b: b[:-4]), "cannot be read"),
    "wrong checksum": (file_bytes(lambda b: b[:-8] + bytes(4) + b[-4:]), "CRC check failed"),
    "damaged in the middle": (file_bytes(lambda b: b[:900] + bytes(50) + b[950:]), "be read"),
    "not gzip": (file_bytes(lambda b: b"hello"), "cannot be read"),
    "a web page": (file_bytes(lambda b: b"<html>not found</html>"), "cannot be read"),
    "empty file": (file_bytes(lambda b: b""), "it is empty"),
    "unpacks to nothing": (file_bytes(lambda b: gzip.compress(b"")), "it is empty"),
    "not NIfTI": (file_bytes(lambda b: gzip.compress(b"x" * 1000)), "not NIfTI"),
    "gzip in gzip": (file_bytes(lambda b: gzip.compress(b)), "not NIfTI"),
    "header alone": (file_bytes(lambda b: gzip.compress(gzip.decompress(b)[:352])), "be read"),
    "half of the voxels": (
        file_bytes(lambda b: gzip.compress(gzip.decompress(b)[:-1500])),
        "be read",
    ),
    "decompression bomb": (file_bytes(bomb), "much more than"),
    "wrong magic": (header(344, "4s", b"nope"), "be read"),
    "unknown type": (header(70, "<h", 7), "be read"),
    "huge volume": (header(40, "<4h", 3, 32767, 32767, 32767), "not read"),
    "negative length": (header(40, "<4h", 3, -10, 11, 12), "read"),
    "zero-size axis": (header(40, "<4h", 3, 0, 11, 12), "no voxels"),
    "offset beyond the file": (header(108, "<f", 1e12), "impossible offset"),
    "offset that is no number": (header(108, "<f", float("nan")), "cannot be read"),
    "spacing of a centimeter and a half": (affine(np.diag([15, 1, 1, 1]), ALL[:1]), "spacing"),
    "spacing of nothing": (affine(np.diag([1e-4, 1, 1, 1]), ALL[:1]), "spacing"),
    "affine with nan": (header(284, "<f", float("nan")), "be read"),
    "sheared affine": (
        affine([[1, 0.99, 0, 0], [0, 0.1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], ALL[:1]),
        "sheared",
    ),
    "oblique": (affine(turned(30), ALL[:1]), "30 degrees"),
    "oblique sequence": (affine(turned(5)), "off b_t1.nii.gz"),
    "mirrored affine": (affine(np.diag([-1, 1, 1, 1])), "off b_t1.nii.gz"),
    "other spacing": (affine(np.diag([1, 1, 2, 1])), "off b_t1.nii.gz"),
    "shifted by half a voxel": (
        affine([[1, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        "0.5 mm off",
    ),
    "2-D": (rewrite(lambda v: v[0]), "three axes"),
    "4-D": (rewrite(lambda v: np.stack([v, v], axis=-1)), "three axes"),
    "5-D": (rewrite(lambda v: v[..., None, None].repeat(3, axis=4)), "three axes"),
    "single slice": (rewrite(lambda v: v[:, :, :1]), "single slice"),
    "size of another sequence": (rewrite(lambda v: v[:-1]), "differs from"),
    "axes exchanged": (rewrite(lambda v: v.transpose(1, 0, 2)), "differs from"),
    "nan": (replaced(np.nan), "not finite"),
    "infinity": (replaced(np.inf), "not finite"),
    "beyond float32": (rewrite(lambda v: v.astype(np.float64) * 1e300), "beyond float32"),
    "zero everywhere": (floats(np.zeros_like), "zero everywhere"),
    "constant": (floats(np.ones_like), "like a mask"),
    "mask": (floats(lambda v: (v > 0).astype(np.float32)), "like a mask"),
    "negative": (floats(lambda v: -v), "no positive voxel"),
    "overflowed integers": (rewrite(lambda v: (v * 60).astype(np.int16)), "overflowed"),
    "normalized": (floats(lambda v: np.where(v > 0, (v - 500) / 200, 0)), "normalized"),
    "complex": (floats(lambda v: v.astype(np.complex64)), "not numbers"),
    "colors": (rewrite(colors), "colors, not numbers"),
    "copy of another sequence": (copied_within, "has the voxels of t1"),
    "copy of another case": (copied_between, "of test case a"),
    "labels of another case": (labels_copied_between, "the labels of test case a"),
    "label 5": (rewrite_labels(lambda v: np.where(v == 4, 5, v).astype(np.uint8)), "value 5"),
    "negative label": (rewrite_labels(lambda v: -v.astype(np.int16)), "label value -4"),
    "probabilities": (rewrite_labels(lambda v: v * np.float32(0.5)), "label value 0.5"),
    "label 0.9": (rewrite_labels(lambda v: v * np.float32(0.9)), "label value 0.9"),
    "label nan": (
        rewrite_labels(lambda v: np.where(v == 1, np.float32(np.nan), v)),
        "label value nan",
    ),
    "labels of 2015": (
        rewrite_labels(lambda v: np.where(v == 1, 3, v).astype(np.uint8)),
        "3 and 4",
    ),
    "labels and background swapped": (
        rewrite_labels(lambda v: np.where(v == 0, 2, 0).astype(np.uint8)),
        "outside the brain",
    ),
    "all is tumor": (rewrite_labels(lambda v: np.full_like(v, 2)), "tumor"),
    "labels beside the brain": (rewrite_labels(mirrored_labels), "outside the brain"),
    "labels of another grid": (rewrite_labels(lambda v: v[..., :-1]), "differs from"),
    "image in the labels' place": (swapped_with_labels, "label value"),
    "4-D labels": (rewrite_labels(lambda v: np.stack([v, v], axis=-1)), "three axes"),
}
