"""Gauss-Newton in a box that is trusted, for residuals that cost minutes: Levenberg 1944, Marquardt 1963, Broyden 1965.

Every point is simulated with the same animals (common random numbers), so that a difference between two points comes
from their parameters and hardly from stochastic variation, and finite differences work. All columns of a Jacobian are
asked for at once and can be simulated side by side. The path depends on nothing but the residuals: asked again, with
the finished runs still there, it walks the same way without simulating, which is how an interrupted fit is resumed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, points_at, start_of
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.spec.calibration import LeastSquares

# Points (one row each, one column per dotted path) -> residuals (one row each, one column per expectation), NaN where a
# run failed or an expectation could not be read.
Residuals = Callable[[pd.DataFrame], pd.DataFrame]

# A difference is tried over these multiples of the step until no run fails; a step that leaves the range is skipped.
_TRIES = (1.0, -1.0, 0.5, -0.5)
_SMALLEST_BOX, _LARGEST_BOX = 0.004, 0.5
# A direction the data do not fix is not followed: singular values below this share of the largest count as noise.
_RIDGE = 1e-2


class Trial(NamedTuple):
    """One point that the search tried."""

    iteration: int
    kind: str  # start, step or refused
    sum_of_squares: float
    promised: float
    box: float
    position: Array


@dataclass(frozen=True)
class Fit:
    """Where a search ended."""

    free: tuple[FreeParameter, ...]
    position: Array  # where it ended, 0 to 1 in each direction
    residuals: pd.Series  # those of the end, by expectation; unread ones are left out
    jacobian: pd.DataFrame  # of the residuals by position, (expectations x parameters), simulated at the end itself
    trials: tuple[Trial, ...]  # every point tried, in order
    flat: tuple[str, ...]  # parameters that could not be differentiated, because every run beside the end failed
    unread: tuple[str, ...]  # expectations without a residual at the end or beside it
    reason: str  # why the search ended, as a sentence

    @property
    def sum_of_squares(self) -> float:
        """Sum of the squared residuals at the end."""
        return float((self.residuals**2).sum())

    @property
    def values(self) -> dict[str, float]:
        """The value found for each parameter, by name."""
        return {u.name: u.value(p) for u, p in zip(self.free, self.position, strict=True)}


@dataclass
class _Search:
    """The search while it runs."""

    free: tuple[FreeParameter, ...]
    ask: Residuals
    settings: LeastSquares
    tell: Callable[[Trial], None]
    trials: list[Trial] = field(default_factory=list)

    def residuals(self, positions: Array) -> Array:
        """Return residuals, (points x expectations); infinite ones count as unread."""
        found = self.ask(points_at(self.free, positions))
        self.names = list(found.columns)
        table = found.to_numpy(dtype=float)
        return np.where(np.isfinite(table), table, np.nan)

    def note(self, trial: Trial) -> None:
        self.trials.append(trial)
        self.tell(trial)

    def jacobian(self, at: Array, here: Array) -> tuple[Array, list[int]]:
        """Return the derivative of the residuals and the columns that could not be had; those are zero."""
        result = np.zeros((len(here), len(at)))
        read = np.isfinite(here)
        missing = list(range(len(at)))
        for share in _TRIES:
            width = share * self.settings.step
            asked = [i for i in missing if 0.0 <= at[i] + width <= 1.0]
            if not asked:
                continue
            found = self.residuals(at + width * np.eye(len(at))[asked])
            for i, there in zip(asked, found, strict=True):
                if np.isfinite(there[read]).all():
                    result[read, i] = (there[read] - here[read]) / width
                    missing.remove(i)
            if not missing:
                break
        return result, missing


def fit(
    free: Sequence[FreeParameter],
    ask: Residuals,
    settings: LeastSquares | None = None,
    tell: Callable[[Trial], None] = lambda _: None,
) -> Fit:
    """Find the values that make the sum of squared residuals least, within the ranges.

    A ModelFault says that not one expectation can be read at the start.
    """
    search = _Search(tuple(free), ask, settings or LeastSquares(), tell)
    at = start_of(free)
    here = search.residuals(at[None, :])[0]
    if not np.isfinite(here).any():
        cure = "Run `neurogen study` on them: its score card says which runs failed and why."
        raise ModelFault("No expectation can be read at the start of the search.", cure=cure, code="nothing-read")
    search.note(Trial(0, "start", _squares(here), 0.0, search.settings.box, at))
    at, here, reason = _walked(search, at, here)
    # Intervals must not rest on an update: the last Jacobian is simulated where the search ended.
    jacobian, flat = search.jacobian(at, here)
    read = np.isfinite(here)
    names = [u.name for u in search.free]
    kept = [name for name, fine in zip(search.names, read, strict=True) if fine]
    return Fit(
        search.free,
        at,
        pd.Series(here[read], index=kept),
        pd.DataFrame(jacobian[read], index=kept, columns=names),
        tuple(search.trials),
        tuple(names[i] for i in flat),
        tuple(name for name in search.names if name not in kept),
        reason,
    )


def _walked(search: _Search, at: Array, here: Array) -> tuple[Array, Array, str]:
    """Walk downhill; return the end, its residuals, and why it is the end."""
    settings, box, age = search.settings, search.settings.box, 0
    jacobian, _ = search.jacobian(at, here)
    for iteration in range(1, settings.iterations + 1):
        step, promised = _step(jacobian, here, at, box)
        if promised < settings.enough * max(_squares(here), 1e-12):
            if age == 0:
                return at, here, f"No step promises to lower the sum of squares by {settings.enough:.0%}."
            jacobian, age = search.jacobian(at, here)[0], 0
            continue
        there = search.residuals((at + step)[None, :])[0]
        gained = _squares(here) - _squares(there) if np.isfinite(there[np.isfinite(here)]).all() else -np.inf
        ratio = gained / promised
        accepted = ratio > 0.05
        kind = "step" if accepted else "refused"
        search.note(Trial(iteration, kind, _squares(there), _squares(here) - promised, box, at + step))
        if np.isfinite(gained):
            jacobian = _updated(jacobian, step, there - here)
        reach = float(np.abs(step).max())
        if accepted:
            at, here, age = at + step, there, age + 1
        box = min(2 * box, _LARGEST_BOX) if ratio > 0.7 and reach > 0.99 * box else box if ratio > 0.25 else reach / 3
        if box < _SMALLEST_BOX:
            return at, here, "The steps have become too small to matter."
        if age >= settings.renew or (not accepted and age > 0):
            jacobian, age = search.jacobian(at, here)[0], 0
    return at, here, f"The {settings.iterations} iterations allowed were used up; more may lower it further."


def _squares(residuals: Array) -> float:
    return float(np.nansum(residuals**2))


def _step(jacobian: Array, here: Array, at: Array, box: float) -> tuple[Array, float]:
    """Return the best step of the linear model inside range and box, and by how much it lowers the sum of squares."""
    read = np.isfinite(here)
    slope, left = jacobian[read], -here[read]
    ridge = _RIDGE * np.linalg.norm(slope, 2) * np.eye(len(at))
    low, high = np.maximum(-box, -at), np.minimum(box, 1.0 - at)
    # A parameter at the end of its range still gets a sliver of room, because the solver wants low < high.
    high = np.maximum(high, low + 1e-12)
    step = lsq_linear(np.vstack([slope, ridge]), np.concatenate([left, np.zeros(len(at))]), bounds=(low, high)).x
    step = np.clip(at + step, 0.0, 1.0) - at
    return step, float(left @ left - np.sum((left - slope @ step) ** 2))


def _updated(jacobian: Array, step: Array, change: Array) -> Array:
    """Return the Jacobian nearest to the old one that explains the change along the step (Broyden 1965, eq. 2.11)."""
    fine = np.isfinite(change)
    update = np.zeros_like(jacobian)
    update[fine] = np.outer(change[fine] - jacobian[fine] @ step, step) / float(step @ step)
    return jacobian + update
