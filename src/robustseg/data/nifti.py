"""Reading and writing single NIfTI volumes."""

import gzip
import math
from pathlib import Path
from typing import IO, Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from robustseg.runtime.errors import InputError
from robustseg.runtime.files import atomic_path

MAX_VOXELS = 512 * 512 * 2048
"""Most voxels of one file, over all its volumes: twice those of the longest CT of LiTS. A header
that declares more is rejected before anything is allocated or unpacked."""

_HEADER_BYTES = 540  # of NIfTI-2; NIfTI-1 has 348
_CHUNK = 1 << 20
_SURPLUS = 16 << 20  # most bytes that are read after the last voxel
_GZIP = b"\x1f\x8b"
_QUATERNION = ("quatern_b", "quatern_c", "quatern_d")
_TOO_LONG = 1e-4  # largest rounding excess over 1 of a quaternion's squared length
_COARSEST = 0.05  # largest step of scaled integers that still separates label values


def read_volume(path: Path, *, labels: bool = False) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Read a NIfTI file and reorient its axes to right, anterior, superior.

    A compressed file is read to the end of its stream, so a wrong checksum is found.

    Args:
        path: a `.nii` or `.nii.gz` file (NIfTI-1 or NIfTI-2, of at most `MAX_VOXELS` voxels).
        labels: the values are whole numbers. Integers that the header scales hold them only to
            one step of the scale, so 127 / 64 = 1.984 is read as 2.

    Returns:
        Voxels, (X, Y, Z) or (X, Y, Z, T) with T > 1, of the type in the file (floating point
        where the header scales them), and the (4, 4) affine in mm. Axes are only permuted and
        flipped; nothing is interpolated.

    Raises:
        InputError: the file is missing, truncated, damaged, too large or not a NIfTI image.
    """
    try:
        image = _parse(_content(path))
        stored, step = image.get_data_dtype(), abs(float(image.dataobj.slope))
        # A volume with fewer axes is not reoriented; the callers reject it.
        if len(image.shape) >= 3:
            image = nib.as_closest_canonical(image)
        voxels = np.asanyarray(image.dataobj)
        while voxels.ndim > 3 and voxels.shape[-1] == 1:
            voxels = voxels[..., 0]
        if labels and stored.kind in "iu" and voxels.dtype.kind == "f" and step <= _COARSEST:
            whole = np.rint(voxels)
            voxels = np.where(np.abs(voxels - whole) <= 1.001 * step, whole, voxels)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; add it or correct the path") from error
    except Exception as error:  # nibabel, gzip and zlib raise many types for a damaged file
        raise InputError(f"{path}: cannot be read ({_reason(error)}); {_advice(error)}") from error
    return voxels, np.asarray(image.affine, dtype=np.float64)


def read_orientation(path: Path) -> tuple[str, dict[str, str]]:
    """Return the orientation of a file, such as "LPS", and the one of each form of its header.

    The second value is "sform" and "qform" -> orientation, for the forms that the header has. It is
    empty if the header has no orientation.

    Raises:
        InputError: the header cannot be read.
    """
    try:
        with _open(path) as file:
            header = _header(file.read(_HEADER_BYTES))
        codes = _letters(header.get_best_affine())
        stated = {"sform": codes} if int(header["sform_code"]) > 0 else {}
        if int(header["qform_code"]) > 0 and _has_quaternion(header):
            stated["qform"] = _letters(header.get_qform())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        raise InputError(f"{path}: cannot be read ({_reason(error)}); {_advice(error)}") from error
    return codes, stated


def write_volume(path: Path, voxels: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a complete NIfTI file or none; equal voxels give equal bytes.

    Args:
        path: ends in `.nii.gz`.
        voxels: (X, Y, Z), written in its own type without scaling.
        affine: (4, 4), voxel indices to mm.
    """
    image = nib.Nifti1Image(voxels, affine)
    image.header.set_xyzt_units("mm")
    with atomic_path(path) as temporary:
        nib.save(image, temporary)


def _open(path: Path) -> gzip.GzipFile | IO[bytes]:
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    if path.suffix != ".gz" and start.startswith(_GZIP):
        raise InputError(f"is compressed; rename it to {path.name}.gz")
    if path.suffix == ".gz" and nib.Nifti1Header.may_contain_header(start):
        raise InputError(f"is not compressed; rename it to {path.stem}")
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked, up to its last voxel."""
    with _open(path) as file:
        start = file.read(_HEADER_BYTES)
        header = _header(start)
        start = bytes(header.binaryblock) + start[int(header.sizeof_hdr) :]
        shape = header.get_data_shape()
        voxels = math.prod(int(length) for length in shape)
        if voxels > MAX_VOXELS or any(int(length) < 0 for length in shape):
            raise InputError(
                f"header declares {' x '.join(map(str, shape))} voxels, more than "
                f"{MAX_VOXELS} are not read; copy the file anew or resample it"
            )
        wanted = int(header.get_data_offset()) + voxels * int(header["bitpix"]) // 8
        if not 0 <= wanted <= (MAX_VOXELS + _CHUNK) * 16:
            raise InputError("header declares an impossible offset; copy the file anew")
        content = start + file.read(max(wanted - len(start), 0))
        # Up to the checksum; a stream may unpack to much more than its header declares.
        for _ in range(_SURPLUS // _CHUNK):
            if not file.read(_CHUNK):
                return content
    raise InputError(
        f"holds much more than the {wanted} bytes that its header declares; copy the file anew"
    )


def _header(content: bytes) -> Any:
    """Return the header at the start of a file's bytes."""
    kinds: tuple[Any, ...] = (nib.Nifti1Header, nib.Nifti2Header)
    for kind in kinds:
        if kind.may_contain_header(content):
            header = kind(content[: kind.sizeof_hdr], check=True)
            _shorten_quaternion(header)
            return header
    what = "its header is not NIfTI" if content else "it is empty"
    raise InputError(f"cannot be read ({what}); copy the file anew or convert it to NIfTI")


def _letters(affine: NDArray[np.float64]) -> str:
    return "".join(code or "?" for code in nib.aff2axcodes(affine))


def _excess(header: Any) -> float:
    """Return the excess over 1 of the squared length of a header's quaternion."""
    return sum(float(header[part]) ** 2 for part in _QUATERNION) - 1


def _has_quaternion(header: Any) -> bool:
    return _excess(header) < abs(float(header.quaternion_threshold))


def _shorten_quaternion(header: Any) -> None:
    """Shorten a quaternion that rounding made longer than 1; nibabel would reject it."""
    excess = _excess(header)
    if excess <= _TOO_LONG and not _has_quaternion(header):
        for part in _QUATERNION:
            header[part] = float(header[part]) / math.sqrt(1 + excess)


def _parse(content: bytes) -> Any:
    nifti1 = nib.Nifti1Header.may_contain_header(content)
    kind: Any = (nib.Nifti2Image, nib.Nifti1Image)[nifti1]
    return kind.from_bytes(content)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _advice(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "make it readable"
    if isinstance(error, IsADirectoryError):
        return "put the file in the folder's place"
    return "copy the file anew"
