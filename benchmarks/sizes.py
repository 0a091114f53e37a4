"""How much is measured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.animals import patch

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Size:
    """How much of everything is done: the full measurement, or a small one that shows that it works."""

    repeats: int
    patches: tuple[tuple[float, float, int], ...]  # um, um, days: pieces that the reference lives too
    end_to_end_days: int
    turn_days: int  # how long each of two animals lives before it is the other's turn
    rows: tuple[int, ...]  # cells of the bare kernel
    turn_cell_steps: int  # of the bare kernel; threads take some milliseconds to spread over the processors
    year_days: int
    human: dict[str, Any]
    triad: int
    tissue: Any = "whole"


PATCHES = ((1000.0, 1000.0, 10), (2000.0, 1700.0, 6))  # one square millimetre, and half a gyrus
FULL = Size(5, PATCHES, 20, 2, (60_000, 2_000_000, 20_000_000), 40_000_000, 365, {"tissue": "whole"}, 20_000_000)
SMALL = Size(
    2, ((200.0, 150.0, 2),), 1, 1, (2_000, 4_000), 400_000, 2, {"duration": "1 d"}, 100_000, patch(300.0, 300.0)
)
