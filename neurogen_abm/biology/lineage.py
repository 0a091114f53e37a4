"""What can become of a cell: predicates of its state, events and choices, as pure functions of scalars.

The state machine is that of the subgranular zone: dormant, resting and active stem cells; progenitors and neuroblasts
counted by generation since the stem cell; granule cells counted by time since their last division. The states are rows
of `biology.states`, and what is true of a state is read there, through the predicates below.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology.states import LINEAGE, STATES, State
from neurogen_abm.jit import compiled

# Codes of the states that a rule leads to by name.
DORMANT: Final = STATES.index("dormant")
RESTING: Final = STATES.index("resting")
ACTIVE: Final = STATES.index("active")
TYPE_2A: Final = STATES.index("type_2a")
TYPE_2B: Final = STATES.index("type_2b")
TYPE_3: Final = STATES.index("type_3")
IMMATURE_EARLY: Final = STATES.index("immature_early")
IMMATURE_LATE: Final = STATES.index("immature_late")
MATURING: Final = STATES.index("maturing")
MATURE: Final = STATES.index("mature")
ASTROCYTE: Final = STATES.index("astrocyte")
APOPTOTIC: Final = STATES.index("apoptotic")


def _predicate(belongs: Callable[[State], bool]) -> tuple[Callable[[int], bool], int, int]:
    """Return whether a state belongs, for kernels: a comparison with the first and the last code, which come with it.

    Raises
    ------
    ValueError
        The states that belong do not stand together in the table.
    """
    codes = [code for code, state in enumerate(LINEAGE) if belongs(state)]
    first, last = codes[0], codes[-1]
    if codes != list(range(first, last + 1)):
        raise ValueError(f"The states {', '.join(LINEAGE[code].name for code in codes)} do not stand together.")

    @compiled(inline=True)
    def holds(state: int) -> bool:
        return (state >= first) & (state <= last)

    return holds, first, last


# A stem cell that is dormant or resting, until it is activated.
is_quiescent, _, _ = _predicate(lambda state: state.hazard == "activation")
# A young neuron, which may die by chance.
is_mortal, _FIRST_MORTAL, _ = _predicate(lambda state: state.hazard == "death")
# A cell whose timer ends in a division.
is_cycling, _, _ = _predicate(lambda state: state.timer_end in ("stem_division", "progenitor_division"))
# A cell that counts generations since the stem cell and divides on.
_is_progenitor, _FIRST_PROGENITOR, _LAST_PROGENITOR = _predicate(lambda state: state.family == "progenitor")
# A cell that has left the cycle as a neuron.
is_neuron, _, _ = _predicate(lambda state: state.family == "neuron")
# A neuron that seeks its place in the network: crowding raises its hazard.
is_integrating, _, _ = _predicate(lambda state: state.timer_end == "integrate")
# A neuron that shares the boutons of its block with others.
is_competing, _, _ = _predicate(lambda state: state.competes)
# A cell that steps along the subgranular zone while it is young.
is_migrating, _, _ = _predicate(lambda state: state.migrates)
# A cell to which nothing more happens.
is_settled, _, _ = _predicate(lambda state: state.settles)

# Events: what happens when a reserve or a timer runs out.
NOTHING: Final = 0
ACTIVATE: Final = 1
STEM_DIVISION: Final = 2
PROGENITOR_DIVISION: Final = 3
DEATH: Final = 4
ENTER_LAYER: Final = 5
INTEGRATE: Final = 6
MATURATION: Final = 7
CLEARANCE: Final = 8
HOP: Final = 9

_EVENT_OF: Final = {
    "none": NOTHING,
    "stem_division": STEM_DIVISION,
    "progenitor_division": PROGENITOR_DIVISION,
    "enter_layer": ENTER_LAYER,
    "integrate": INTEGRATE,
    "mature": MATURATION,
    "clearance": CLEARANCE,
}
_TIMER_END: Final = np.array([_EVENT_OF[state.timer_end] for state in LINEAGE])
_SUCCESSOR: Final = np.array([STATES.index(state.successor or state.name) for state in LINEAGE])

# Modes of a stem cell's division.
RENEWING: Final = 0
SYMMETRIC: Final = 1
CONSUMING: Final = 2
ASTROGENIC: Final = 3

# Which draw of a stem cell's stream FATE settles what, at each of its divisions.
MODE_DRAW: Final = 0
STAY_DRAW: Final = 1  # whether it stays active
START_DRAW: Final = 2  # whether a stem cell just born starts active; at division 0, like the first draw of the others
DEPTH_DRAW: Final = 3  # whether one whose rest ends has fallen back into dormancy; by its entry into rest

# How a cell's life, or its life under one id, ends.
ALIVE: Final = 0
APOPTOSIS: Final = 1
DIVISION: Final = 2
CONSUMPTION: Final = 3
CAUSES: Final = ("alive", "apoptosis", "division", "consumption")


@compiled
def clock_event(state: int) -> int:
    """Return the event that happens when the timer of a cell in ``state`` ends."""
    return int(_TIMER_END[state])


@compiled
def successor(state: int) -> int:
    """Return the state that follows when the timer of a neuron in ``state`` ends."""
    return int(_SUCCESSOR[state])


@compiled
def draws_reserve(state: int) -> bool:
    """Say whether a cell that enters a state draws a reserve; a neuron draws once, and keeps it until it dies."""
    return bool(is_quiescent(state) | (state == _FIRST_MORTAL))


@compiled
def reserve_event(state: int) -> int:
    """Return the event that happens when the reserve of a cell in ``state`` is spent."""
    return ACTIVATE if is_quiescent(state) else DEATH


@compiled
def after_quiescence(state: int, u: float, deepening: float, hazard: float) -> int:
    """Return what a quiescent stem cell becomes whose reserve is spent: active, or, from rest, dormant again.

    ``u`` is uniform, ``hazard`` that of either end of rest, ``deepening`` that of falling into dormancy; both 1/h.

    >>> [after_quiescence(RESTING, u, 0.034, 0.08) == DORMANT for u in (0.3, 0.5)]
    [True, False]
    """
    return DORMANT if state == RESTING and u * hazard < deepening else ACTIVE


@compiled
def needs_site(event: int) -> bool:
    """Say whether an event needs a site; a stem cell that becomes an astrocyte keeps its own, and is not told apart."""
    return bool((event == STEM_DIVISION) | (event == PROGENITOR_DIVISION) | (event == ENTER_LAYER))


@compiled
def hops(state: int, age_h: float, dt_h: float, interval_h: float, until_h: float) -> bool:
    """Say whether a cell migrates in a step: neuroblasts and newborn neurons do, at each ``interval_h`` of age."""
    if not is_migrating(state) or age_h + dt_h > until_h:
        return False
    return int((age_h + dt_h) / interval_h) > int(age_h / interval_h)


@compiled
def stem_mode(u: float, symmetric: float, consuming: float, astrogenic: float) -> int:
    """Return how a stem cell divides, from one uniform variate and three probabilities; the rest renews."""
    if u < symmetric:
        return SYMMETRIC
    if u < symmetric + consuming:
        return CONSUMING
    if u < symmetric + consuming + astrogenic:
        return ASTROGENIC
    return RENEWING


@compiled
def odds_scaled(probability: float, factor: float) -> float:
    """Return the probability whose odds are ``factor`` times those of ``probability``; 0 and 1 stay."""
    return probability * factor / (1.0 - probability + probability * factor)


@compiled
def progenitor_state(generation: int) -> int:
    """Return the state of a cell that will divide again: generation 1 is type-2a, 2 type-2b, later ones type-3."""
    return min(_FIRST_PROGENITOR + generation - 1, _LAST_PROGENITOR)


@compiled
def shifted_gamma(minimum: float, mean_above: float, shape: float, seed: int, cell: int, entry: int) -> float:
    """Return a waiting time: ``minimum`` plus a gamma variate of mean ``mean_above`` and the given shape (>= 1)."""
    return minimum + mean_above / shape * rng.gamma(shape, seed, cell, entry, rng.CLOCK)


@compiled
def weighted_choice(u: float, weights: NDArray[np.float64], n: int) -> int:
    """Return the index below ``n`` picked by the uniform ``u`` in proportion to ``weights``; -1 when all are zero."""
    total = 0.0
    for i in range(n):
        total += weights[i]
    if total <= 0.0:
        return -1
    # How many weights leave something of u's share; counted without a branch, which no processor could predict.
    left, chosen = u * total, 0
    for i in range(n):
        left -= weights[i]
        chosen += left >= 0.0
    while chosen == n or weights[chosen] == 0.0:  # rounding left a rest beyond the last
        chosen -= 1
    return chosen


def state_codes(names: tuple[str, ...] | list[str]) -> NDArray[np.int64]:
    """Return the codes of state names as int64, shape (len(names),)."""
    return np.array([STATES.index(name) for name in names], dtype=np.int64)
