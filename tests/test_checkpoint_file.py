"""A checkpoint file is what was written, or it is refused: no bit, no length, no claim of its header goes unnoticed."""

import hashlib
import json
import random
import struct

import numpy as np
import pyarrow as pa
import pytest

from neurogen_abm.storage import checkpoint
from neurogen_abm.storage.checkpoint import Content, DamagedCheckpointError, NewerCheckpointError, packed, unpacked

CONTENT = Content(
    {"seed": 1, "day": 0.1},
    {
        "cells/id": np.arange(40, dtype=np.int64) * 10**15,
        "cells/state": np.zeros(900, np.uint8),
        "cells/clock_h": np.linspace(0.0, 1.0, 30, dtype=np.float32),
        "cells/clock2_h": np.linspace(1.0, 2.0, 30, dtype=np.float32),
        "none": np.zeros((0, 3)),
        "yes": np.array([True, False]),
    },
    {"n": 3, "volume": float("nan"), "last": -float("inf"), "third": 1.0 / 3.0, "said": ["µ", None, True]},
)
START = 20  # bytes before the digest of the header


def test_what_comes_back_is_what_was_written():
    found = unpacked(packed(CONTENT), "here")
    assert found.about == CONTENT.about
    assert found.arrays.keys() == CONTENT.arrays.keys()
    for name, array in CONTENT.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
    assert repr(found.plain) == repr(CONTENT.plain)
    assert packed(found) == packed(CONTENT)


def test_two_thousand_flipped_bits_are_all_noticed():
    data, luck = packed(CONTENT), random.Random(1)
    places = luck.sample(range(8 * len(data)), 2000)
    for place in [*range(8 * 64), *places]:
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(DamagedCheckpointError):
            unpacked(bytes(flipped), "here")


def test_every_other_length_is_noticed():
    data = packed(CONTENT)
    for length in range(len(data)):
        with pytest.raises(DamagedCheckpointError):
            unpacked(data[:length], "here")
    for more in (b"\0", data):
        with pytest.raises(DamagedCheckpointError, match="length"):
            unpacked(data + more, "here")


def test_arrays_that_changed_places_are_noticed():
    data = packed(CONTENT)
    one, other = (CONTENT.arrays[name].tobytes() for name in ("cells/clock_h", "cells/clock2_h"))
    swapped = data.replace(one, b"?" * len(one)).replace(other, one).replace(b"?" * len(one), other)
    assert len(swapped) == len(data) != 0
    assert swapped != data
    with pytest.raises(DamagedCheckpointError, match="not what was written"):
        unpacked(swapped, "here")


def made_up(header: object, bodies: bytes = b"", version: int = checkpoint.FORMAT, length: int | None = None) -> bytes:
    """Return a file of any header, with digests that fit."""
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    start = struct.pack("<8sIQ", b"NEUROGEN", version, len(told) if length is None else length)
    return start + hashlib.sha256(start + told).digest() + told + bodies


def entry(body: bytes, **changes: object) -> dict[str, object]:
    digest = hashlib.sha256(body).hexdigest()
    said = {
        "name": "a",
        "type": "<f8",
        "shape": [len(body) // 8],
        "packed": "raw",
        "bytes": len(body),
        "sha256": digest,
    }
    return said | changes


def test_a_later_format_says_so():
    with pytest.raises(NewerCheckpointError, match=r"format 3; .* reads format 2"):
        unpacked(made_up({}, version=3), "here")


def test_the_first_format_is_still_read():
    """Its arrays are packed as they stand."""
    numbers = np.arange(100, dtype=np.float64)
    body = pa.Codec("zstd").compress(numbers.tobytes(), asbytes=True)
    header = {"about": {}, "plain": {"n": 1}, "arrays": [entry(body, packed="zstd", shape=[100])]}
    found = unpacked(made_up(header, body, version=1), "here")
    np.testing.assert_array_equal(found.arrays["a"], numbers)


@pytest.mark.parametrize("kind", ["<f8", "<i4", "<u2", "|u1", "|b1"])
@pytest.mark.parametrize("shape", [(1000,), (40, 25), (0,), ()])
def test_arrays_of_every_kind_come_back(kind, shape):
    array = (np.arange(int(np.prod(shape))) % 7).astype(kind).reshape(shape)
    found = unpacked(packed(Content({}, {"a": array}, {})), "here").arrays["a"]
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    np.testing.assert_array_equal(found, array)


def test_columns_of_times_are_packed_tighter_byte_by_byte():
    times_h = np.linspace(0.0, 24.0, 5000)
    assert len(packed(Content({}, {"a": times_h}, {}))) < 0.8 * len(pa.Codec("zstd").compress(times_h.tobytes()))


def test_what_a_file_says_of_itself_is_read_without_its_arrays(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(packed(CONTENT)[:-200])
    assert checkpoint.about(file) == CONTENT.about
    for damaged in (b"", b"NEURO", packed(CONTENT)[:60]):
        file.write_bytes(damaged)
        with pytest.raises(DamagedCheckpointError):
            checkpoint.about(file)


BODY = bytes(64)
SMALL = pa.Codec("zstd").compress(bytes(2**20), asbytes=True)


@pytest.mark.parametrize(
    ("claims", "body"),
    [
        ({"type": "|O"}, BODY),
        ({"type": "|V8"}, BODY),
        ({"type": ">f8"}, BODY),
        ({"type": "<U16"}, BODY),
        ({"type": 8}, BODY),
        ({"shape": [2**60]}, BODY),
        ({"shape": [2**40, 2**40]}, BODY),
        ({"shape": [-8]}, BODY),
        ({"shape": [8.0]}, BODY),
        ({"shape": [True]}, BODY),
        ({"shape": "8"}, BODY),
        ({"shape": [9]}, BODY),
        ({"bytes": 2**47}, BODY),
        ({"bytes": -1}, BODY),
        ({"packed": "pickle"}, BODY),
        ({"packed": "zstd"}, BODY),
        ({"packed": "transposed zstd"}, BODY),
        ({"packed": "transposed zstd", "shape": [7]}, SMALL),
        ({"more": 1}, BODY),
        ({"packed": "zstd", "shape": [7]}, SMALL),
        ({"packed": "zstd", "shape": [2**20]}, SMALL),
        ({"packed": "zstd", "shape": [2**37]}, SMALL),
        ({"sha256": "0" * 64}, BODY),
    ],
)
def test_what_a_header_claims_is_not_believed(claims, body):
    data = made_up({"about": {}, "plain": {}, "arrays": [entry(body, **claims)]}, body)
    with pytest.raises(DamagedCheckpointError):
        unpacked(data, "here", 2**28)


@pytest.mark.parametrize(
    "header",
    [b"", b"[" * 100_000, b"\xff", b"{}", [], {"about": {}, "plain": {}}, {"about": [], "plain": {}, "arrays": []},
     {"about": {}, "plain": {}, "arrays": {}}, {"about": {}, "plain": {}, "arrays": [1]}],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(header):
    with pytest.raises(DamagedCheckpointError):
        unpacked(made_up(header), "here")


@pytest.mark.parametrize("length", [2**20, 2**62, 2**64 - 1])
def test_a_header_longer_than_the_file_is_refused_before_room_is_made(length):
    with pytest.raises(DamagedCheckpointError, match="length"):
        unpacked(made_up({}, length=length), "here")


def test_what_was_pickled_is_no_checkpoint(tmp_path):
    import pickle

    (tmp_path / "checkpoint-1").write_bytes(pickle.dumps(CONTENT))
    with pytest.raises(DamagedCheckpointError, match="does not begin"):
        checkpoint.read(tmp_path / "checkpoint-1")
    with pytest.raises(DamagedCheckpointError, match="cannot be read"):
        checkpoint.read(tmp_path / "checkpoint-2")
