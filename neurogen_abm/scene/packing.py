"""Forms of arrays that pack well in a film; film.js reads them back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def planes(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the bytes of numbers of 32 bits, shape (4, numbers), lowest first; negative ones wrap around.

    >>> planes(np.array([1, 256, -1])).tolist()
    [[1, 0, 255], [0, 1, 255], [0, 0, 255], [0, 0, 255]]
    """
    return np.ascontiguousarray(numbers.astype("<i4").view(np.uint8).reshape(-1, 4).T)


def halves(numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the upper halves of bytes, two to a byte, the first of them low.

    >>> halves(np.array([0x12, 0xFF, 0x80], np.uint8)).tolist()
    [241, 8]
    """
    four = numbers.ravel() >> 4
    four = np.append(four, np.zeros(len(four) % 2, np.uint8))
    found: NDArray[np.uint8] = np.bitwise_or(four[0::2], four[1::2] << 4, dtype=np.uint8)
    return found


def in_parts(rows: NDArray[Any], parts: list[float], order: int) -> NDArray[np.uint8]:
    """Return rows of numbers as whole parts, and these as differences of an order from row to row, as `planes`.

    Parameters
    ----------
    rows
        Shape (rows, columns).
    parts
        Of every column, into how many parts one is divided.
    order
        How often differences are taken: where rows go on as they came, twice leaves least.

    >>> in_parts(np.array([[0.5], [1.0], [1.5]]), [2.0], 2)[0].tolist()
    [1, 0, 0]
    """
    found = np.rint(rows * np.asarray(parts)).astype(np.int64)
    for _ in range(order):
        found = np.diff(found, axis=0, prepend=np.zeros((1, found.shape[1]), np.int64))
    return planes(found.ravel())
