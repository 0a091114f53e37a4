"""A gyrus of means that lives: its history until the run begins, then the run with its labels, half a day at a time.

Neurons are kept by their age since the last division, in bins of half a day, as stains ask for it. Stem cells are
shared out at the end of each step, so that their renewal may follow age; a step ends where something is read or given.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from neurogen_abm.rivals.compartments import OUTPUTS, Array, Flow
from neurogen_abm.rivals.lineages import Lineage

BIN_H: Final = 12.0
# Half-days until a neuron is mature whatever the catalogue says of stains; older ones are not told apart.
N_BINS: Final = 168
# How long a gyrus is held at its first age until what cycles and what is young has become steady.
_SETTLING_H: Final = 60 * 24.0


@dataclass
class Pool:
    """Means by copy, the last those whose label can be halved most often; one copy where there is none to halve."""

    quiescent: Array  # (copies,)
    cycling: Array  # (copies, stages)
    neurons: Array  # (copies, bins) by age since the last division
    old: Array  # (copies,) neurons beyond the bins
    glia: Array  # (copies,)
    died_cycling: Array  # (copies,) since the beginning
    died: Array  # (copies, bins) likewise, by age at death

    @classmethod
    def empty(cls, copies: int, stages: int) -> "Pool":
        """Return a pool without a cell."""
        one = (copies,)
        return cls(
            np.zeros(one),
            np.zeros((copies, stages)),
            np.zeros((copies, N_BINS)),
            np.zeros(one),
            np.zeros(one),
            np.zeros(one),
            np.zeros((copies, N_BINS)),
        )

    def copy(self) -> "Pool":
        """Return a pool that can go on by itself."""
        return Pool(*(np.copy(part) for part in vars(self).values()))

    def scaled(self, factor: float) -> "Pool":
        """Return so many times the pool."""
        return Pool(*(part * factor for part in vars(self).values()))

    @property
    def cells(self) -> float:
        """Every cell that lives."""
        living = (self.quiescent, self.cycling, self.neurons, self.old, self.glia)
        return sum(float(part.sum()) for part in living)


@dataclass(frozen=True)
class Now:
    """What holds during a step: hours it lasts, rate of leaving quiescence (1/h), what becomes of stem cells."""

    hours: float
    leaving: float
    activated: float
    renewal: float


def step(pool: Pool, flow: Flow, now: Now) -> dict[str, Array]:
    """Let a pool live for a step; return by copy what divided, was born and died, as `compartments.OUTPUTS`."""
    left = pool.quiescent * -np.expm1(-now.leaving * now.hours)
    pool.quiescent -= left
    pool.glia += left * (1.0 - now.activated)
    pool.cycling, gone = flow.of(pool.cycling, left * now.activated)
    found = {name: gone[:, row] for row, name in enumerate(OUTPUTS)}
    divided = found["stem_divisions"]
    daughters = divided if len(divided) == 1 else np.append(divided[1:], 0.0)
    pool.quiescent += now.renewal * daughters
    pool.cycling[:, flow.entry] += (1.0 - now.renewal) * daughters  # the flow has taken one there
    pool.neurons[:, 0] += found["neurons"]
    pool.glia += found["astrocytes"]
    pool.died_cycling += found["deaths"]
    return found


def grow_older(pool: Pool, hazard: Array) -> None:
    """Let neurons be half a day older, some of which die by a hazard (1/h) for each bin.

    The youngest bin filled over the whole of the half-day, so that its cells were at risk for a part of it.
    """
    risk = hazard * BIN_H
    survive = np.exp(-risk)
    survive[0] = -np.expm1(-risk[0]) / risk[0] if risk[0] > 0.0 else 1.0
    pool.died += pool.neurons * (1.0 - survive)
    alive = pool.neurons * survive
    pool.old += alive[:, -1]
    pool.neurons[:, 1:] = alive[:, :-1]
    pool.neurons[:, 0] = 0.0


def hazards(lineage: Lineage, factor: float = 1.0) -> Array:
    """Return the hazard of neurons by bin, 1/h."""
    until = round(lineage.loss.until_h / BIN_H)
    found = np.zeros(N_BINS)
    found[:until] = lineage.loss.rate * factor
    return found


def _now(lineage: Lineage, age_h: float, hours: float, activation: float = 1.0) -> Now:
    middle = age_h + hours / 2.0
    return Now(hours, lineage.leaving(middle) * activation, lineage.activated(middle), lineage.renewal(middle))


class Totals(NamedTuple):
    """What there has been since a time: divisions of stem cells and of others, and cells born."""

    stem_divisions: float = 0.0
    divisions: float = 0.0
    births: float = 0.0

    def plus(self, other: "Totals", factor: float = 1.0) -> "Totals":
        """Return the sum with so many times another."""
        return Totals(*(mine + factor * its for mine, its in zip(self, other, strict=True)))


def _counted(found: dict[str, Array], now: Now) -> Totals:
    """Count a step: a stem cell that renews itself goes on under its id, so that one cell is born; else two are."""
    stem, other = float(found["stem_divisions"].sum()), float(found["divisions"].sum())
    return Totals(stem, other, stem * (2.0 - min(now.renewal, 1.0)) + 2.0 * other)


@dataclass
class History:
    """A sedentary life from the first age on, kept every half-day as far as it was asked for; a whole gyrus."""

    lineage: Lineage
    kept: list[Pool] = field(default_factory=list)
    totals: list[Totals] = field(default_factory=lambda: [Totals()])

    def at(self, age_h: float) -> tuple[Pool, Totals]:
        """Return the gyrus at an age, to the half-day, and what had divided by then."""
        wanted = max(round((age_h - self.lineage.first_age_h) / BIN_H), 0)
        if not self.kept:
            self.kept.append(self._settled())
        while len(self.kept) <= wanted:
            pool = self.kept[-1].copy()
            age_h = self.lineage.first_age_h + (len(self.kept) - 1) * BIN_H
            self.totals.append(self.totals[-1].plus(self._half_day(pool, age_h, hazards(self.lineage))))
            self.kept.append(pool)
        return self.kept[wanted].copy(), self.totals[wanted]

    def _half_day(self, pool: Pool, age_h: float, hazard: Array) -> Totals:
        now = _now(self.lineage, age_h, BIN_H)
        found = step(pool, self.lineage.chain.flow(BIN_H, 1), now)
        grow_older(pool, hazard)
        return _counted(found, now)

    def _settled(self) -> Pool:
        """Return the gyrus at the first age: what cycles and what is young is as the pool of stem cells keeps it."""
        lineage, pool = self.lineage, Pool.empty(1, self.lineage.chain.n)
        hazard, stem = hazards(lineage), slice(0, lineage.chain.compartments[0].stages)
        pool.quiescent[:] = 1.0
        for _ in range(round(_SETTLING_H / BIN_H)):
            self._half_day(pool, lineage.first_age_h, hazard)
            pool = pool.scaled(1.0 / float(pool.quiescent.sum() + pool.cycling[:, stem].sum()))
        made = pool.scaled(lineage.stem_cells)
        return replace(made, old=np.zeros(1), glia=np.zeros(1), died=np.zeros((1, N_BINS)), died_cycling=np.zeros(1))


class Run:
    """The run of one arm: means of every cell (``all``), of neurons born since the start, and of labelled cells.

    Parameters
    ----------
    lineage
        The model.
    age_h, area
        Age of the animal at the start, and which part of a gyrus is looked at.
    km_by_day
        Distance run on each day of the run.
    """

    def __init__(self, lineage: Lineage, age_h: float, area: float, km_by_day: Array) -> None:
        self.lineage, self.age_h, self.area, self._km = lineage, age_h, area, km_by_day
        self.time_h, self._used_to = 0.0, 0.0
        self.all, self._before = self._sedentary()
        self.fresh = Pool.empty(1, lineage.chain.n)
        self.labelled: dict[str, Pool] = {}
        self.totals = Totals()

    def _sedentary(self) -> tuple[Pool, Totals]:
        pool, totals = history_of(self.lineage).at(self.age_h + self.time_h)
        return pool.scaled(self.area), totals

    def leap(self, time_h: float) -> None:
        """Come to a half-day of a life without running and labels by the history of the lineage, which is the same.

        Neurons born since the start are not told apart on the way.
        """
        if self._km.any() or self.labelled or abs(self.since_older_h) > 1e-9:
            return
        half_days = int((time_h - self.time_h) / BIN_H + 1e-9)
        self.time_h += half_days * BIN_H
        self.all, totals = self._sedentary()
        self.totals = Totals(*(self.area * (now - then) for now, then in zip(totals, self._before, strict=True)))

    @property
    def since_older_h(self) -> float:
        """Hours since neurons were last made half a day older."""
        return self.time_h % BIN_H

    def dose(self) -> float:
        """Return the dose of exercise today."""
        day = min(int(self.time_h / 24.0 + 1e-9), len(self._km) - 1)
        return self.lineage.exercise.dose(float(self._km[day])) if day >= 0 else 0.0

    def until(self, time_h: float) -> None:
        """Live until a time."""
        while time_h - self.time_h > 1e-9:
            next_shift = BIN_H - self.since_older_h
            hours = min(time_h - self.time_h, next_shift)
            self._step(hours, shift=next_shift - hours < 1e-9)

    def _step(self, hours: float, *, shift: bool) -> None:
        effect, dose = self.lineage.exercise, self.dose()
        self._used_to += (dose - self._used_to) * -np.expm1(-hours / effect.fades_h)
        drive = max(dose - (1.0 - effect.lasting) * self._used_to, 0.0)
        now = _now(self.lineage, self.age_h + self.time_h, hours, 1.0 + (effect.activation - 1.0) * drive)
        pools = [self.all, *self.labelled.values()]
        found = [step(pool, self.lineage.chain.flow(hours, len(pool.quiescent)), now) for pool in pools]
        self.totals = self.totals.plus(_counted(found[0], now))
        self.fresh.neurons[:, 0] += found[0]["neurons"]
        self.time_h += hours
        if shift:
            self.time_h = round(self.time_h / BIN_H) * BIN_H
            hazard = hazards(self.lineage, 1.0 + (effect.death - 1.0) * dose)
            for pool in (*pools, self.fresh):
                grow_older(pool, hazard)

    def death_rate(self) -> dict[str, Array]:
        """Return deaths now by copy, 1/h, of all cells (under "") and of each label: of neurons, and in the cycle."""
        effect = self.lineage.exercise
        hazard = hazards(self.lineage, 1.0 + (effect.death - 1.0) * self.dose())
        dying = np.array([part.rate * part.dies * (j == part.stages) for part, j in self.lineage.chain.of_stage])
        return {
            name: pool.neurons @ hazard + pool.cycling @ dying for name, pool in {"": self.all, **self.labelled}.items()
        }

    def label(self, agent: str, copies: int, takes: Array) -> None:
        """Label a share of the cells of each stage, entry 0 of ``takes`` that of the quiescent ones.

        The label is seen for ``copies`` - 1 halvings; with one copy it is inherited whole.
        """
        if agent not in self.labelled:
            self.labelled[agent] = Pool.empty(copies, self.lineage.chain.n)
        pool = self.labelled[agent]
        if len(pool.quiescent) < copies:
            pool = self.labelled[agent] = _widened(pool, copies)
        top = copies - 1
        for name, share, every in (
            ("quiescent", takes[0], self.all.quiescent[0]),
            ("cycling", takes[1:], self.all.cycling[0]),
        ):
            column = getattr(pool, name)
            weaker, stronger = column[:top], column[top:]
            free = every - column.sum(axis=0)
            taken = share * (free + weaker.sum(axis=0))
            weaker *= 1.0 - share
            stronger[0] += taken


def _widened(pool: Pool, copies: int) -> Pool:
    """Return a pool with room for a label that can be halved more often."""
    more = copies - len(pool.quiescent)
    return Pool(*(np.concatenate([part, np.zeros((more, *part.shape[1:]))]) for part in vars(pool).values()))


@lru_cache(maxsize=64)
def history_of(lineage: Lineage) -> History:
    """Return the sedentary life of a lineage, worked out once."""
    return History(lineage)
