"""What a process keeps in memory because it may be wanted again: so many bytes of it, the latest used.

What is kept must never be changed by whoever gets it: bytes, or arrays that cannot be written (`read_only`).
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

Value = TypeVar("Value")

# Of one process that runs many animals.
MOST_BYTES = 128 * 2**20


class Kept(Generic[Value]):
    """Values by key, of ``most_bytes`` together; those not used for longest go first.

    Examples
    --------
    >>> kept = Kept[bytes](most_bytes=10)
    >>> kept.keep("a", b"12345", 5), kept.keep("b", b"67890", 5), kept.keep("c", b"x", 1)
    (True, True, True)
    >>> kept.get("a") is None, kept.get("b")
    (True, b'67890')
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = self.found = 0  # how much is kept now, and how often something was found
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            self.found += 1
            return self._values[key][0]

    def keep(self, key: Hashable, value: Value, size: int) -> bool:
        """Keep a value of so many bytes, and say whether there is room for it at all."""
        if size > self.most_bytes:
            return False
        with self._lock:
            if key in self._values:
                self.bytes -= self._values.pop(key)[1]
            self._values[key] = value, size
            self.bytes += size
            while self.bytes > self.most_bytes:
                self.bytes -= self._values.popitem(last=False)[1][1]
        return True

    def clear(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._values.clear()
            self.bytes = 0


def counted(size: int, room: int, most: int) -> int:
    """Return as how many bytes a value counts, so that at most ``most`` are kept, and one too large for the room alone.

    Examples
    --------
    >>> counted(5, 60, 6), counted(50, 60, 6), counted(500, 60, 6)
    (10, 50, 60)
    """
    return min(max(size, room // most), room)


_SHARED: ContextVar[Kept[Any] | None] = ContextVar("shared", default=None)


@contextmanager
def shared(kept: Kept[Any] | None = None) -> Iterator[Kept[Any]]:
    """Let animals made in here share what they have in common: lives before the run (`lowering.histories`).

    It is held in ``kept``, or else in a place of its own, which is empty afterwards.

    Examples
    --------
    >>> from neurogen_abm.run import run
    >>> patch = {"tissue": {"septotemporal": "200 um", "transverse": "200 um"}, "duration": "2 d"}
    >>> distances = [{"activity[0].distance": distance} for distance in ("2 km/d", "4 km/d")]
    >>> with shared() as kept:
    ...     twins = [run("mouse_generated_running", 3, patch | distance) for distance in distances]
    >>> kept.found
    1
    """
    place = Kept[Any]() if kept is None else kept
    token = _SHARED.set(place)
    try:
        yield place
    finally:
        _SHARED.reset(token)
        if kept is None:
            place.clear()


def in_common() -> Kept[Any] | None:
    """Return where animals keep what they have in common; None where they share nothing."""
    return _SHARED.get()


def read_only(*arrays: "np.ndarray[Any, Any]") -> None:
    """Let nobody write into arrays from now on; an attempt is a ValueError."""
    for array in arrays:
        array.setflags(write=False)


def fingerprint(*parts: Any) -> str:
    """Return the SHA-256 of values to the last bit: numbers, text, arrays, and tuples, lists, mappings or dataclasses.

    Kinds, shapes and names count, so that 1, 1.0 and True differ, and so do arrays of one content and two shapes.

    Raises
    ------
    TypeError
        A value is of another kind: what decides it cannot be seen from outside.
    """
    found = hashlib.sha256()
    for part in parts:
        _add(found, part)
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    """Add a value to a digest: what it is, how long, and what it holds."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        found.update(json.dumps(["array", value.dtype.str, value.shape]).encode())
        found.update(np.ascontiguousarray(value).data)
    elif isinstance(value, np.generic):
        _add(found, np.asarray(value))
    elif value is None or isinstance(value, str | bool | int | float):
        # Python writes a float in as many digits as tell it from every other.
        found.update(json.dumps([type(value).__name__, repr(value)]).encode())
    elif isinstance(value, tuple | list):
        found.update(json.dumps([type(value).__name__, len(value)]).encode())
        for part in value:
            _add(found, part)
    elif isinstance(value, Mapping):
        _add(found, ["mapping", *value.items()])
    elif is_dataclass(value) and not isinstance(value, type):
        _add(found, [type(value).__name__, *((part.name, getattr(value, part.name)) for part in fields(value))])
    else:
        raise TypeError(f"no fingerprint of a {type(value).__name__}")
