"""What muscle and blood of an animal went through in some steps, and what is read off them at the end of one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import plasma, release
from neurogen_abm.biology.blood import Blood
from neurogen_abm.biology.hippocampus import Store
from neurogen_abm.lowering import Physiology

Floats = NDArray[np.float64]


class Moment(NamedTuple):
    """Blood at the end of a step, and what the rest of the animal adds to it."""

    minute: int  # of the run
    age_h: float
    plasma_fold: float  # BDNF over rest, mean of the step
    plasma_left: float  # share that neutralisation leaves of it
    hippocampal_activity: float  # mean of the step
    adaptation: float
    platelets: float
    store: Store
    niche_rise: float  # of BDNF above rest, as a fraction


class Worked(NamedTuple):
    """Some steps, one entry each."""

    minutes: list[int]  # at which they begin, and at which the last ends: one entry more
    blood: Blood
    levels: Floats  # (steps, messengers): messengers in blood over rest, means of the step
    plasma_left: float  # share that neutralisation leaves of BDNF in plasma
    stores: list[Store]  # of BDNF in the hippocampus, at the end

    @property
    def times_h(self) -> Floats:
        """Hours of the run at which the steps begin, (steps,)."""
        return np.array(self.minutes[:-1]) / 60.0

    def moments(self, ages_h: list[float], niche_rises: list[float]) -> list[Moment]:
        """Return the ends of the steps, given age and rise of the niche there."""
        b, state = self.blood, self.blood.state
        left = [self.plasma_left] * len(ages_h)
        columns = b.plasma, b.hippocampus, state[:, plasma.ADAPTATION], state[:, plasma.PLATELETS]
        folds, activity, adaptation, platelets = (column.tolist() for column in columns)
        entries = self.minutes[1:], ages_h, folds, left, activity, adaptation, platelets, self.stores, niche_rises
        return [Moment(*entry) for entry in zip(*entries, strict=True)]


def plasma_pg_ml(p: Physiology, at: Moment) -> float:
    """Return BDNF in plasma, mean of the step, pg/mL."""
    return at.plasma_fold * at.plasma_left * p.plasma_rest_pg_ml


def serum_pg_ml(p: Physiology, at: Moment) -> float:
    """Return BDNF in serum, pg/mL; read out, never a driver."""
    cargo = p.platelets_per_ul, p.cargo_pg_per_1000, p.serum_rise
    return float(release.serum_pg_ml(plasma_pg_ml(p, at), at.platelets, *cargo))


def hippocampal_protein(p: Physiology, at: Moment) -> float:
    """Return BDNF protein of the hippocampus over rest; read out, never a driver."""
    aged = p.homogenate
    if p.niche_waning.aged_share != 1.0:
        aged = aged._replace(made=aged.made * p.waned(at.minute / 60.0))
    return aged.protein(at.adaptation, at.niche_rise, at.store)


def hippocampal_messenger(p: Physiology, at: Moment) -> float:
    """Return messenger RNA of BDNF in the hippocampus over rest, mean of the step; read out, never a driver."""
    return p.homogenate.messenger(at.store, at.hippocampal_activity)
