"""What linear equations make of a state in one unit of time: the exponential of their matrix."""

import math


def propagator(generator: list[list[float]]) -> list[list[float]]:
    """Return exp(generator) by scaling, Taylor series and squaring.

    ``generator`` is a square matrix as rows. Sums and products only: the same bits on every machine, and coinciding
    rates need no special case.

    >>> propagator([[0.0]])
    [[1.0]]
    """
    size = range(len(generator))
    norm = max(sum(abs(entry) for entry in row) for row in generator)
    halvings = max(0, math.ceil(math.log2(norm)) + 2) if norm > 0.0 else 0
    scaled = [[entry / 2.0**halvings for entry in row] for row in generator]
    identity = [[float(i == j) for j in size] for i in size]

    def times(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
        return [[sum(a[i][m] * b[m][j] for m in size) for j in size] for i in size]

    result = identity
    for order in range(16, 0, -1):  # Horner: I + X/1 (I + X/2 (I + ...)); |X| <= 1/4, so 16 terms leave below 1e-24
        result = times(scaled, result)
        result = [[identity[i][j] + result[i][j] / order for j in size] for i in size]
    for _ in range(halvings):
        result = times(result, result)
    return result
