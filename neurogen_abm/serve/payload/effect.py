"""What the second life differs in, in words: one pair, and how far its own stem cells leave the effect open."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import FAMILIES
from neurogen_abm.scene.palette import DIVIDING
from neurogen_abm.serve.session.life import Life
from neurogen_abm.spec.scenario.activity import QUIET, STOPPING, SURROUNDINGS

_Z95: Final = 1.959963984540054  # of the normal distribution
_LEAST_CLONES: Final = 10  # with cells of the kind; with fewer, the interval would be a guess
_NEURONS: Final = lineage.state_codes(FAMILIES["neuron"])
_CYCLING: Final = lineage.state_codes(DIVIDING)
_REST: Final = (*QUIET, *STOPPING, SURROUNDINGS)
# What a rodent does by running.
_RUNNING: Final = ("wheel", "treadmill", "interval", "recording")
_ALIKE: Final = "So far the two lives are alike."


class Ratio(NamedTuple):
    """A ratio of counts of two lives, its 95 % interval over clones (NaN where there are too few), and the counts."""

    ratio: float
    low: float
    high: float
    above: int
    below: int
    n_clones: int


def ratio_over_clones(above: NDArray[np.int64], below: NDArray[np.int64]) -> Ratio:
    """Return the ratio of two counts with a 95 % interval, from the clone of every counted cell.

    Twins begin with the same stem cells, so a clone of one has its fellow in the other. Clones are drawn anew: the
    interval is that of a ratio of sums over pairs of clones (Cochran, Sampling Techniques, 1977, ch. 6), on the scale
    of logarithms. It says nothing of other animals.

    >>> found = ratio_over_clones(np.repeat(np.arange(20), 2), np.arange(20))
    >>> found.ratio, found.low, found.high
    (2.0, 2.0, 2.0)
    """
    clones = np.union1d(above, below)
    a, b = (np.bincount(np.searchsorted(clones, cells), minlength=len(clones)) for cells in (above, below))
    n, total_a, total_b = len(clones), int(a.sum()), int(b.sum())
    if not total_a or not total_b:
        return Ratio(math.nan, math.nan, math.nan, total_a, total_b, n)
    ratio = total_a / total_b
    if n < _LEAST_CLONES:
        return Ratio(ratio, math.nan, math.nan, total_a, total_b, n)
    spread = math.sqrt(n / (n - 1) * float(((a - ratio * b) ** 2).sum())) / total_a
    return Ratio(ratio, ratio * math.exp(-_Z95 * spread), ratio * math.exp(_Z95 * spread), total_a, total_b, n)


def effect_payload(lives: list[Life]) -> dict[str, Any]:
    """Return the effect of what the two lives differ in, as figures and as a sentence; none of a life alone."""
    if len(lives) < 2:
        return {"effects": [], "words": "", "note": ""}
    who, whom, flip = _names(lives)
    above, below = (lives[1], lives[0]) if flip else (lives[0], lives[1])
    kinds = (("new_neurons", "new neurons", _new_neurons), ("dividing", "dividing cells", _dividing))
    found = [(key, label, ratio_over_clones(of(above), of(below))) for key, label, of in kinds]
    effects = [
        {"key": key, "label": label, **{name: _plain_or_none(value) for name, value in ratio._asdict().items()}}
        for key, label, ratio in found
    ]
    words = sentence(who, whom, [(label, ratio) for _, label, ratio in found])
    interval = "The interval is over the stem cells of this pair; animals differ by more. " if words != _ALIKE else ""
    note = f"Day {lives[0].model.day:.1f}, n = 1 pair. {interval}In a terminal, neurogen compare lives more pairs."
    return {"effects": effects, "words": words, "note": note}


def _new_neurons(life: Life) -> NDArray[np.int64]:
    """Return the clone of every neuron that was born in the run and lives."""
    alive = life.model.world.population.living()
    return np.asarray(alive.founder[np.isin(alive.state, _NEURONS) & (alive.birth_h >= 0.0)], np.int64)


def _dividing(life: Life) -> NDArray[np.int64]:
    alive = life.model.world.population.living()
    return np.asarray(alive.founder[np.isin(alive.state, _CYCLING)], np.int64)


def exercises(activity: list[dict[str, Any]] | tuple[Any, ...]) -> bool:
    """Say whether any block of activity is exercise."""
    return bool(_exercise(activity))


def _exercise(activity: list[dict[str, Any]] | tuple[Any, ...]) -> set[str]:
    kinds = {block["kind"] if isinstance(block, dict) else block.kind for block in activity}
    return kinds.difference(_REST)


def _names(lives: list[Life]) -> tuple[str, str, bool]:
    """Return who is compared with whom, and whether it is the second life that is spoken of."""
    first, second = (life.model.spec.scenario for life in lives)
    a, b = (_exercise(scenario.activity) for scenario in (first, second))
    if bool(a) == bool(b):
        return "Life A", "life B", False
    runs = first.species != "human" and (a | b).issubset(_RUNNING)
    letter, other = "AB" if a else "BA"
    return f"The {'runner' if runs else 'active twin'} ({letter})", f"its twin at rest ({other})", bool(b)


def sentence(who: str, whom: str, found: list[tuple[str, Ratio]]) -> str:
    """Return the effect in a sentence, whose first part says who is compared with whom; nothing of what neither has."""
    there = [(label, ratio) for label, ratio in found if ratio.above or ratio.below]
    if all(ratio.above == ratio.below and ratio.low == ratio.high for _, ratio in there):
        return _ALIKE
    parts = [_part(label, ratio, f" {whom}" if k == 0 else "") for k, (label, ratio) in enumerate(there)]
    return f"{who} has {', and '.join(parts)}."


def _part(label: str, found: Ratio, whom: str) -> str:
    counts = f"{found.above:,} and {found.below:,}"
    if not math.isfinite(found.ratio):
        return f"{found.above:,} {label} against {found.below:,}{whom and f' of{whom}'}"
    change = round(100.0 * (found.ratio - 1.0))
    if change == 0:
        size = f"about as many {label}{whom and f' as{whom}'}"
    else:
        size = f"{abs(change):,} % {'more' if change > 0 else 'fewer'} {label}{whom and f' than{whom}'}"
    if not math.isfinite(found.low):
        return f"{size} ({counts}; too few clones for an interval)"
    return f"{size} (95 %: {_signed(found.low)} to {_signed(found.high)} %; {counts})"


def _signed(ratio: float) -> str:
    change = round(100.0 * (ratio - 1.0))
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{abs(change):,}"


def _plain_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
