"""Stains of the cell cycle: when one shows in a cell, as a pure function of scalars."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.states import STATES
from neurogen_abm.jit import compiled


class CycleStain(NamedTuple):
    """When a stain shows. Sets of states are bits of a number, so that a loop over cells looks nothing up."""

    states: int  # where it shows
    before_h: float  # how long before mitosis the cell must be; infinite: all the time
    waiting: bool  # whether it shows in a cell that is due and waits for a free site, in G2
    lingers_in: int  # states in which it outlasts a division: in the cycle, and in neurons that have left it
    lingers_h: float  # how long


class Phases(NamedTuple):
    """Hours: how long S phase lasts, how long before the division it ends, and how long mitosis shows."""

    s_phase_h: float
    s_end_h: float
    mitosis_h: float


def phases(s_phase_h: float, mitosis_h: float, mitosis_after_label_h: float) -> Phases:
    """Return the phases of a cycle.

    The middle of S phase lies as long before the middle of mitosis as labelled cells take to be found there most
    often (Mandyam 2007): ``s_end = delay - s_phase / 2 + mitosis / 2``.
    """
    return Phases(s_phase_h, mitosis_after_label_h - s_phase_h / 2.0 + mitosis_h / 2.0, mitosis_h)


def state_set(names: Iterable[str]) -> int:
    """Return states, by their names, as bits of a number."""
    return sum(1 << STATES.index(name) for name in set(names))


@compiled(inline=True)
def shows(state: int, age_h: float, clock_h: float, stain: CycleStain) -> bool:
    """Say whether a stain shows, by state, age since the last division and biological time left in the state.

    Written without a branch, so that a loop over cells takes several at once.
    """
    due = stain.waiting & (clock_h <= 0.0)
    near = (clock_h > 0.0) & (clock_h <= stain.before_h)
    cycling = ((stain.states >> state) & 1 != 0) & ((stain.before_h == math.inf) | due | near)
    return cycling | (((stain.lingers_in >> state) & 1 != 0) & (age_h < stain.lingers_h))


@compiled
def stained_cells(
    state: NDArray[np.uint8], age_h: NDArray[np.float64], clock_h: NDArray[np.float64], stain: CycleStain
) -> NDArray[np.bool_]:
    """Say for each cell whether a stain shows; see `shows`."""
    shown = np.empty(len(state), np.bool_)
    for i in range(len(state)):
        shown[i] = shows(state[i], age_h[i], clock_h[i], stain)
    return shown
