"""What a benchmark gives back, and how a ratio is taken."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, and the ratio of it to another figure of the same minutes.

    ``low`` and ``high`` are the ratio's range over the repeats; ``target`` says what was aimed at, in the unit of
    ``value`` or as a ratio, and ``met`` whether it was reached.
    """

    name: str
    value: float
    unit: str
    ratio: float
    against: str
    low: float
    high: float
    target: str = ""
    met: bool | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def seconds_of_thread(work: Callable[[], object]) -> float:
    """Return the processor time of one call on this thread: its wall time, were nobody else on the machine."""
    before = time.thread_time()
    work()
    return time.thread_time() - before


@dataclass(frozen=True)
class Pair:
    """Times of two kinds of work done in turns, s; ratios are b over a, pair by pair."""

    a: list[float]
    b: list[float]

    @property
    def ratios(self) -> list[float]:
        return sorted(b / a for a, b in zip(self.a, self.b, strict=True))

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def row_of_pair(name: str, value: float, unit: str, pair: Pair, against: str, **rest: Any) -> Row:
    return Row(name, value, unit, pair.ratio, against, pair.ratios[0], pair.ratios[-1], **rest)


def row_of_ratio(name: str, value: float, unit: str, ratio: float, against: str, **rest: Any) -> Row:
    """Return a row of a ratio taken once."""
    return Row(name, value, unit, ratio, against, ratio, ratio, **rest)


def in_turns(
    a: Callable[[], object], b: Callable[[], object], repeats: int, clock: Callable[..., float] = seconds_of_thread
) -> Pair:
    """Time two kinds of work alternately, so that what else the machine does falls on both."""
    times = [(clock(a), clock(b)) for _ in range(repeats)]
    return Pair([t[0] for t in times], [t[1] for t in times])


def best(times: list[float]) -> float:
    """Return the least of several times: the one least disturbed by others on the machine."""
    return min(times)


def table(rows: list[Row]) -> str:
    """Write rows as a table for a terminal."""
    lines = [("what", "measured", "ratio (range)", "against", "target")]
    for row in rows:
        span = f"{row.ratio:.3g} ({row.low:.3g}-{row.high:.3g})" if row.low != row.high else f"{row.ratio:.3g}"
        verdict = "" if row.met is None else "  met" if row.met else "  MISSED"
        lines.append((row.name, f"{row.value:.4g} {row.unit}", span, row.against, row.target + verdict))
    widths = [max(len(line[k]) for line in lines) for k in range(5)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)
