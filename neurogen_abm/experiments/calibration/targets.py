"""Findings as functions of the free parameters: what the emulator says of each, and how probable that makes it.

The likelihood is that of the score card, called by it; between calls its logarithm is read from a table over what the
model says and how sure that is. To the error of the simulation, which the card knows too, comes that of the emulator.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.experiments.calibration.emulator import LEAST_POINTS, Emulator, Surfaces, emulate
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies.likelihood import Likelihood, Simulated

Judge: TypeAlias = Callable[[Sequence[Simulated]], Likelihood]
# Of a table of a likelihood: values of what the model says, values of its error, and how far it reaches beyond what
# was simulated, as a share of that span.
_CENTRES, _ERRORS, _BEYOND = 201, 4, 0.5
# How many points of which nothing surprising is known the errors of a check are averaged with, so that few points
# cannot say much.
_SHRINK = 4.0


class Question(NamedTuple):
    """A finding without what the model says of it."""

    name: str
    paper: str
    fitted: bool  # whether parameters are fitted to it; else it is predicted only
    judge: Judge


class Said(NamedTuple):
    """What the model says of a finding at some points, (points x items), and the standard errors; NaN for nothing."""

    centres: Array
    errors: Array

    @property
    def usable(self) -> Array:
        """Which points say something, (points,)."""
        return np.asarray(np.isfinite(self.centres).all(axis=1))

    def part(self, chosen: Array) -> "Said":
        """Return some of the points."""
        return Said(self.centres[chosen], self.errors[chosen])

    def together(self, other: "Said") -> "Said":
        """Return the points of both."""
        return Said(np.vstack([self.centres, other.centres]), np.vstack([self.errors, other.errors]))


@dataclass(frozen=True)
class Target:
    """A finding, and the surfaces that say of it what the model would."""

    question: Question
    surfaces: tuple[Emulator, ...]  # of each item
    errors: tuple[float, ...]  # of the simulation, of each item: the median over points

    @property
    def reached(self) -> bool:
        """Whether any free parameter changes what the model says."""
        return any(surface.spread > 0.0 for surface in self.surfaces)

    def says(self, positions: Array) -> Said:
        """Return what the surfaces say at positions, with the errors of simulation and surface together."""
        found = [surface.at(positions) for surface in self.surfaces]
        errors = [np.hypot(part.error, error) for part, error in zip(found, self.errors, strict=True)]
        return Said(np.column_stack([part.mean for part in found]), np.column_stack(errors))

    def log_scores(self, positions: Array) -> Array:
        """Return the logarithm of the likelihood at positions, (n,)."""
        said = self.says(positions)
        if len(self.surfaces) > 1:
            return np.array([self._judged(*both) for both in zip(said.centres, said.errors, strict=True)])
        table = LikelihoodTable(*(part[None] for part in self.table))
        return table.at(said.centres[None, :, 0], said.errors[None, :, 0])[0]

    def checked(self, positions: Array, said: Said) -> "Target":
        """Return the finding with surfaces as unsure as points that they did not see show them to be.

        Standardised by what the surface claims and by chance, errors of a good surface have a mean square of 1.
        """
        widened = []
        for item, surface in enumerate(self.surfaces):
            z = self.misses(positions, said)[:, item]
            mean_square = (float(np.nansum(z**2)) + _SHRINK) / (np.isfinite(z).sum() + _SHRINK)
            widened.append(replace(surface, inflation=surface.inflation * math.sqrt(max(1.0, mean_square))))
        return replace(self, surfaces=tuple(widened))

    def misses(self, positions: Array, said: Said) -> Array:
        """Return by how many standard errors simulated points lie from the surfaces, (points x items)."""
        columns = []
        for item, surface in enumerate(self.surfaces):
            found = surface.at(positions)
            width = np.hypot(found.error, surface.chance)
            off = said.centres[:, item] - found.mean
            columns.append(np.divide(off, width, out=np.zeros_like(off), where=width > 0))
        return np.column_stack(columns)

    def _judged(self, centres: Array, errors: Array) -> float:
        said = [Simulated(float(centre), float(error)) for centre, error in zip(centres, errors, strict=True)]
        return self.question.judge(said).log_score

    @cached_property
    def table(self) -> "LikelihoodTable":
        """The likelihood over what the model says and its error."""
        (surface,), (least,) = self.surfaces, self.errors
        means = surface.at(surface.points).mean
        beyond = _BEYOND * max(float(np.ptp(means)), 1e-3)
        centres = np.linspace(means.min() - beyond, means.max() + beyond, _CENTRES)
        least = max(least, 1e-6)
        most = max(math.hypot(least, 2 * surface.spread * surface.inflation), 1.001 * least)
        errors = np.geomspace(least, most, _ERRORS)
        values = [[self._judged(np.array([c]), np.array([e])) for e in errors] for c in centres]
        return LikelihoodTable(centres, np.log(errors), np.array(values))


class LikelihoodTable(NamedTuple):
    """Logarithms of likelihoods over evenly spaced values and evenly spaced logarithms of errors.

    Of one finding (centres,), (errors,), (centres x errors); `at` takes several, one more axis in front.
    """

    centres: Array
    log_errors: Array
    values: Array

    def at(self, centre: Array, error: Array) -> Array:
        """Interpolate linearly in both, (findings x n) each; beyond an end, what holds there."""
        i, u = _cell(centre, self.centres)
        j, v = _cell(np.log(np.maximum(error, 1e-300)), self.log_errors)
        which = np.arange(len(self.values))[:, None]
        low = self.values[which, i, j] * (1 - u) + self.values[which, i + 1, j] * u
        high = self.values[which, i, j + 1] * (1 - u) + self.values[which, i + 1, j + 1] * u
        return np.asarray(low * (1 - v) + high * v)


def _cell(x: Array, axes: Array) -> tuple[NDArray[np.intp], Array]:
    """Return in which cell of its axis each value lies, and how far along it, 0 to 1; (findings x n)."""
    n = axes.shape[1]
    place = np.clip((x - axes[:, :1]) / (axes[:, 1:2] - axes[:, :1]), 0.0, n - 1.0)
    cell = np.minimum(place.astype(np.intp), n - 2)
    return cell, place - cell


def target(question: Question, positions: Array, said: Said) -> Target | None:
    """Return a finding with surfaces through what points say of it; None where too few say anything."""
    usable = said.usable
    if usable.sum() < max(LEAST_POINTS, len(usable) / 2):
        return None
    points, known = positions[usable], said.part(usable)
    surfaces = tuple(emulate(points, column) for column in known.centres.T)
    errors = tuple(float(error) for error in np.median(np.nan_to_num(known.errors), axis=0))
    return Target(question, surfaces, errors)


class Joint:
    """The likelihood of several findings together: surfaces through the same points are asked at once."""

    def __init__(self, targets: Sequence[Target]) -> None:
        groups: dict[bytes, list[Target]] = {}
        for part in targets:
            alone = len(part.surfaces) > 1 or not part.reached
            key = part.question.name.encode() if alone else part.surfaces[0].points.tobytes()
            groups.setdefault(key, []).append(part)
        self._alone = [group[0] for group in groups.values() if len(group) == 1]
        self._groups = [_Group(group) for group in groups.values() if len(group) > 1]

    def __call__(self, positions: Array) -> Array:
        """Return the logarithm of the probability of all findings at positions, (n,)."""
        total = np.zeros(len(positions))
        for group in self._groups:
            total += group.log_scores(positions)
        for part in self._alone:
            total += part.log_scores(positions)
        return total


class _Group:
    """Findings of one item each, whose surfaces go through the same points."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._surfaces = Surfaces([part.surfaces[0] for part in targets])
        self._errors = np.array([part.errors for part in targets])
        tables = [part.table for part in targets]
        self._table = LikelihoodTable(*(np.array(parts) for parts in zip(*tables, strict=True)))

    def log_scores(self, positions: Array) -> Array:
        """Return the sum of the logarithms of the likelihoods, (n,)."""
        said = self._surfaces.at(positions)
        return np.asarray(self._table.at(said.mean, np.hypot(said.error, self._errors)).sum(axis=0))
