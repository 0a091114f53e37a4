"""Checkpoint files: one animal at one moment as named arrays and plain values, noticed to be damaged by any one bit.

A file is: eight bytes that name the format; its version; the length of the header; SHA-256 of all that and the header;
the header as JSON, which names every array with type, shape, length and SHA-256; the arrays, one behind the other. It
ends where the last array ends. Nothing in it is executed, and no length is believed before it was compared with that of
the file.
"""

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import InputError, IntegrityError

FORMAT: Final = 2
_KNOWN: Final = frozenset({1, FORMAT})  # the first had no transposed bytes
_MAGIC: Final = b"NEUROGEN"
_START: Final = struct.Struct("<8sIQ")  # name of the format, version, bytes of the header
_DIGEST: Final = 32  # bytes of a SHA-256
_LARGEST_HEADER: Final = 256 * 2**20
_TYPES: Final = frozenset({"|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"})
# How an array is packed. Transposed: all first bytes, then all second ones, and so on; those that stay as they were in
# the number before then stand side by side, which packs columns of times and places into four fifths.
_LARGEST_BYTES = 2**36  # of an array of any life: one that says it is larger is damaged
_RAW, _ZSTD, _TRANSPOSED = "raw", "zstd", "transposed zstd"
_LEVEL: Final = 1  # of zstd: higher ones are slower and hardly smaller
_WORTH_PACKING: Final = 256  # bytes
_ENTRY: Final = ("name", "type", "shape", "packed", "bytes", "sha256")


class DamagedCheckpointError(IntegrityError):
    """A checkpoint is not what was written."""

    default_code = "damaged-checkpoint"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"This checkpoint is damaged: {why}.", where=where, cure="Start the run again.")


class NewerCheckpointError(InputError):
    """A checkpoint has a format that this version does not know."""

    default_code = "format-version"


@dataclass(frozen=True)
class Content:
    """What a checkpoint holds."""

    about: dict[str, Any]  # of which animal it is, when it was taken, and by which version
    arrays: dict[str, NDArray[Any]]
    plain: dict[str, Any]


def packed(content: Content) -> bytes:
    """Return the bytes of a checkpoint file."""
    import pyarrow as pa  # takes a moment to load, and every command starts here

    codec, entries, bodies = pa.Codec(_ZSTD, compression_level=_LEVEL), [], []
    for name, array in content.arrays.items():
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
        body, how = little.tobytes(), _RAW
        if len(body) >= _WORTH_PACKING:
            smaller = codec.compress(_transposed(body, little.itemsize), asbytes=True)
            if len(smaller) < 0.9 * len(body):
                body, how = smaller, _ZSTD if little.itemsize == 1 else _TRANSPOSED
        digest = hashlib.sha256(body).hexdigest()
        kind = little.dtype.str.replace("=", "<")
        entries.append(dict(zip(_ENTRY, (name, kind, list(array.shape), how, len(body), digest), strict=True)))
        bodies.append(body)
    told = {"about": content.about, "plain": content.plain, "arrays": entries}
    header = json.dumps(told, separators=(",", ":")).encode()
    start = _START.pack(_MAGIC, FORMAT, len(header))
    return b"".join((start, hashlib.sha256(start + header).digest(), header, *bodies))


def _transposed(body: bytes, width: int) -> bytes:
    """Return bytes that stand in rows of a width column by column; with the number of rows as width, the way back."""
    return body if width <= 1 else np.frombuffer(body, np.uint8).reshape(-1, width).T.tobytes()


def unpacked(data: bytes, where: str, most_bytes: int | None = None) -> Content:
    """Return what a checkpoint file holds.

    Parameters
    ----------
    data
        All bytes of the file.
    where
        Its name, for errors.
    most_bytes
        Bytes that its arrays may take; by default any number.

    Raises
    ------
    DamagedCheckpointError
        A bit is not as it was written, something is missing or too much, or it is no checkpoint.
    NewerCheckpointError
        A later version wrote it.
    """
    header, end = _header(data, where)
    arrays: dict[str, NDArray[Any]] = {}
    bodies = [_entry(entry, where) for entry in header["arrays"]]
    if end + sum(length for *_, length, _ in bodies) != len(data):
        raise DamagedCheckpointError(where, "its length is not the one it was written with")
    if most_bytes is not None and sum(_size(kind, shape) for _, kind, shape, *_ in bodies) > most_bytes:
        raise DamagedCheckpointError(where, "its arrays are larger than those of this animal can be")
    for name, kind, shape, how, length, digest in bodies:
        body, end = data[end : end + length], end + length
        if hashlib.sha256(body).hexdigest() != digest:
            raise DamagedCheckpointError(where, f"{name} is not what was written")
        arrays[name] = _array(body, kind, shape, how, where)
    return Content(header["about"], arrays, header["plain"])


def read(file: Path, most_bytes: int | None = None) -> Content:
    """Return what a checkpoint file holds; errors as of `unpacked`, and a DamagedCheckpointError if it is not there."""
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise DamagedCheckpointError(str(file), f"it cannot be read ({fault.strerror})") from fault
    return unpacked(data, str(file), most_bytes)


def about(file: Path) -> dict[str, Any]:
    """Return what a checkpoint file says of itself, without its arrays; errors as of `read`."""
    try:
        with file.open("rb") as stream:
            begins = stream.read(_START.size + _DIGEST)
            length = _START.unpack_from(begins)[2] if len(begins) >= _START.size else 0
            data = begins + stream.read(min(length, _LARGEST_HEADER))
    except OSError as fault:
        raise DamagedCheckpointError(str(file), f"it cannot be read ({fault.strerror})") from fault
    told: dict[str, Any] = _header(data, str(file))[0]["about"]
    return told


def _header(data: bytes, where: str) -> tuple[dict[str, Any], int]:
    """Return the header of a checkpoint, and where it ends."""
    begins = _START.size + _DIGEST
    if len(data) < begins or not data.startswith(_MAGIC):
        raise DamagedCheckpointError(where, "it does not begin as one")
    _, version, length = _START.unpack_from(data)
    ends = begins + length
    if length > _LARGEST_HEADER or ends > len(data):
        raise DamagedCheckpointError(where, "its length is not the one it was written with")
    told = data[begins:ends]
    if hashlib.sha256(data[: _START.size] + told).digest() != data[_START.size : begins]:
        raise DamagedCheckpointError(where, "its header is not what was written")
    if version not in _KNOWN:
        what = f"This checkpoint has format {version}; this version of neurogen_abm reads format {FORMAT}."
        raise NewerCheckpointError(what, where=where, cure="Resume with the version that wrote it, or start again.")
    try:
        header = json.loads(told)
        known = isinstance(header["about"], dict) and isinstance(header["plain"], dict)
        known = known and isinstance(header["arrays"], list)
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise DamagedCheckpointError(where, "its header cannot be read") from fault
    if not known:
        raise DamagedCheckpointError(where, "its header cannot be read")
    return header, ends


def _entry(entry: Any, where: str) -> tuple[str, str, tuple[int, ...], str, int, str]:
    """Return name, type, shape, packing, length and digest of an array, as the header says them."""
    fits = isinstance(entry, Mapping) and set(entry) == set(_ENTRY)
    fits = fits and all(isinstance(entry[key], str) for key in ("name", "type", "packed", "sha256"))
    fits = fits and entry["type"] in _TYPES and entry["packed"] in (_RAW, _ZSTD, _TRANSPOSED)
    fits = fits and isinstance(entry["shape"], list) and all(map(_is_count, (*entry["shape"], entry["bytes"])))
    if not fits:
        raise DamagedCheckpointError(where, "its header cannot be read")
    name, kind, shape, how, length, digest = (entry[key] for key in _ENTRY)
    if how == _RAW and _size(kind, shape) != length:
        raise DamagedCheckpointError(where, f"{name} has another length than its shape")
    return name, kind, tuple(shape), how, length, digest


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**48


def _size(kind: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(kind).itemsize


def _array(body: bytes, kind: str, shape: tuple[int, ...], how: str, where: str) -> NDArray[Any]:
    import pyarrow as pa  # takes a moment to load, and every command starts here

    size = _size(kind, shape)
    if how != _RAW:
        try:
            body = pa.Codec(_ZSTD).decompress(body, decompressed_size=size, asbytes=True)
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as fault:
            if isinstance(fault, MemoryError) and size <= _LARGEST_BYTES:
                raise MemoryError(str(fault)) from fault
            raise DamagedCheckpointError(where, "an array cannot be unpacked") from fault
    if len(body) != size:
        raise DamagedCheckpointError(where, "an array has another length than its shape")
    if how == _TRANSPOSED:
        body = _transposed(body, len(body) // max(1, np.dtype(kind).itemsize))
    return np.frombuffer(body, np.dtype(kind).newbyteorder("=")).reshape(shape)
