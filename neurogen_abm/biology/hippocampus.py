"""What is read off the whole hippocampus: BDNF of homogenised tissue, its messenger RNA, and volume. Drives nothing.

Nearly all BDNF of the hippocampus lies inside neurons, in the vesicles of mossy fibres above all; the niche, free and
bound together, holds less than a hundredth of it. An assay of homogenate therefore reads the store, which is filled by
what neurons make, and hardly the pool that receptors meet (evidence synthesis `myokine`, sections 1 and 2.3):

    H / H0 = (1 - e) made B (1 + eta C A) + e F / F0      e = alpha (1 + kappa) F0 / H0, the share outside cells
    dm/dt  = (b (1 + g c I) - m) / tau_m                  messenger RNA; where b is always 1, m = 1 + g c h
    B      = <m> / <1 + g c h>,  C = <c>                  means over the turnover of the protein
    dV/dt  = (gain A - atrophy(age)) V                    volume of the human hippocampus, A at least 0

A is slow trophic adaptation, c the share of the hypothesis that lets the tissue make more: none where blood alone
brings BDNF. I is movement as the hippocampus meets it and h what follows it (`plasma`). b is the pace of transcription,
1 at rest: corticosterone slows it while it is up (Soya 2007). What running induces is transcribed while the hormone is
up and translated for hours after it, so that a short rise takes more of the protein than its share of the day.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.exerkines import combined_rise

Floats = NDArray[np.float64]

_PG_PER_NG = 1000.0
_DAYS_PER_YEAR = 365.25
_MINUTES_PER_HOUR = 60.0


class Making(NamedTuple):
    """How the tissue makes BDNF at a time."""

    central: float = 0.0  # c, share of the hypothesis in which the tissue makes more (0..1)
    pace: float = 1.0  # b, of transcription over that at rest, as messengers in blood slow or speed it


class Store(NamedTuple):
    """Messenger RNA and the protein that neurons hold, as far as they answer to how fast and why it is made."""

    central: float = 0.0  # C
    message: float = 1.0  # m now, over that at rest
    recent: float = 1.0  # m, mean over the last step
    translated: float = 1.0  # <m>
    free: float = 1.0  # <1 + g c h>

    @property
    def pace(self) -> float:
        """B, what is left of the protein where transcription was slowed."""
        return self.translated / self.free if self.free > 0.0 else 1.0


class Central(NamedTuple):
    """The share of the hypothesis in which the tissue makes more, by route, and what missing signals take of it."""

    activity: float = 0.0  # weight of movement-locked activity (0..1)
    induced: float = 0.0  # weight of the combined messengers (0..1)
    sizes: Floats = np.empty(0)  # their rises at full response, were none missing (fraction)
    weight: Floats = np.empty(0)  # of each in the combination (1)
    combiner_p: float = 0.0

    def left(self, activity: float, present: Floats) -> float:
        """Return the share where ``activity`` and, of each messenger, ``present`` is left (0..1).

        Messengers count by what is left of their combined rise where all answer in full.
        """
        share = self.activity * activity
        if self.induced:
            full, less = (combined_rise(s, self.weight, self.combiner_p) for s in (self.sizes, self.sizes * present))
            share += self.induced * (max(0.0, less / full) if full > 0.0 else 0.0)
        return share


class Homogenate(NamedTuple):
    """What an assay of the hippocampus reads, and what of it answers to exercise."""

    made: float = 1.0  # 1, or 0 where neurons make none
    gain: float = 0.0  # eta, what full adaptation adds to the store (fraction)
    messenger_gain: float = 0.0  # g, what activity 1 adds to messenger RNA (fold)
    outside: float = 0.0  # e, share of the protein at rest that lies outside cells
    turnover_h: float = 0.0  # tau, time constant of the protein in the store; 0 where nothing changes how it is made
    message_up: float = 0.0  # exp(-1 min / tau_m) of messenger RNA while it rises (1)
    message_down: float = 0.0  # the same while it falls (1)

    @property
    def varies(self) -> bool:
        """Whether anything changes how BDNF is made; else its store need not be followed."""
        return self.turnover_h > 0.0

    def at_rest(self, now: Making) -> Store:
        """Return the store of an animal that has long been at rest and made BDNF as ``now``."""
        return Store(now.central, now.pace, now.pace, now.pace)

    def after(self, store: Store, now: Making, movement: Floats, activity: float) -> Store:
        """Return the store after a step, made as ``now``.

        ``movement`` is I of every minute, (minutes,), and ``activity`` the mean of h.
        """
        free = 1.0 + self.messenger_gain * now.central * activity
        goals = now.pace * (1.0 + self.messenger_gain * now.central * movement)
        message, recent = message_minutes(store.message, goals, self.message_up, self.message_down)
        kept = math.exp(-len(movement) / (_MINUTES_PER_HOUR * self.turnover_h))
        return Store(
            central=now.central + (store.central - now.central) * kept,
            message=message,
            recent=recent,
            translated=recent + (store.translated - recent) * kept,
            free=free + (store.free - free) * kept,
        )

    def protein(self, adaptation: float, niche_rise: float, store: Store) -> float:
        """Return protein over that at rest; ``niche_rise`` is the rise of the niche above rest, as a fraction."""
        held = self.made * store.pace * (1.0 + self.gain * store.central * adaptation)
        return (1.0 - self.outside) * held + self.outside * (1.0 + niche_rise)

    def messenger(self, store: Store, activity: float) -> float:
        """Return messenger RNA over that at rest, mean over the last step; ``activity`` is the mean of h."""
        if self.varies:
            return self.made * store.recent
        return self.made * store.pace * (1.0 + self.messenger_gain * store.central * activity)


def message_minutes(message: float, goals: Floats, up: float, down: float) -> tuple[float, float]:
    """Return messenger RNA at the end and on average over minutes in which it approaches ``goals``, (minutes,).

    ``up`` and ``down`` are what a minute leaves of the way to a goal above and below.
    """
    summed = 0.0
    for goal in goals.tolist():
        kept = up if goal > message else down
        away = message - goal
        message = goal + away * kept
        summed += goal + away * (kept - 1.0) / math.log(kept)
    return message, summed / len(goals)


def share_outside(
    extracellular_fraction: float, binding_ratio: float, niche_rest_pg_ml: float, tissue_ng_g: float
) -> float:
    """Return the share of all BDNF of the tissue that lies outside cells at rest, a gram of tissue being a millilitre.

    >>> round(share_outside(0.2, 100.0, 30.0, 88.0), 4)
    0.0069
    """
    return extracellular_fraction * (1.0 + binding_ratio) * niche_rest_pg_ml / (_PG_PER_NG * tissue_ng_g)


class Volume(NamedTuple):
    """How the volume of the hippocampus changes, as a fraction a year."""

    atrophy_young: float = 0.0
    atrophy_middle: float = 0.0
    atrophy_old: float = 0.0
    middle_age_h: float = math.inf
    old_age_h: float = math.inf
    gain: float = 0.0  # what full adaptation to aerobic training adds

    def rate(self, age_h: float, adaptation: float) -> float:
        """Return the relative change a year, negative where it shrinks."""
        if age_h < self.middle_age_h:
            atrophy = self.atrophy_young
        else:
            atrophy = self.atrophy_middle if age_h < self.old_age_h else self.atrophy_old
        return self.gain * max(0.0, adaptation) - atrophy  # what disuse takes was not read

    def after_a_day(self, volume: float, age_h: float, adaptation: float) -> float:
        """Return the volume a day later, from that before (same unit)."""
        return volume * math.exp(self.rate(age_h, adaptation) / _DAYS_PER_YEAR)
