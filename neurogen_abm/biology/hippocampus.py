"""What is read off the whole hippocampus: BDNF of homogenised tissue, its messenger RNA, and volume. Drives nothing.

Nearly all BDNF of the hippocampus lies inside neurons, in the vesicles of mossy fibres above all; the niche, free and
bound together, holds less than a hundredth of it. An assay of homogenate therefore reads the store, which is filled by
what neurons make, and hardly the pool that receptors meet (evidence synthesis `myokine`, sections 1 and 2.3):

    H / H0 = (1 - e) made (1 + eta c A) + e F / F0        e = alpha (1 + kappa) F0 / H0, the share outside cells
    m      = made (1 + g c h)                             messenger RNA, from movement-locked activity h
    dV/dt  = (gain A - atrophy(age)) V                    volume of the human hippocampus, A at least 0

A is slow trophic adaptation and c the share of the hypothesis that lets the tissue make more: none where blood alone
brings BDNF.
"""

import math
from typing import NamedTuple

_PG_PER_NG = 1000.0
_DAYS_PER_YEAR = 365.25


class Homogenate(NamedTuple):
    """What an assay of the hippocampus reads, and what of it answers to exercise."""

    made: float = 1.0  # 1, or 0 where neurons make none
    central: float = 0.0  # c, share of the hypothesis in which the tissue makes more (0..1)
    gain: float = 0.0  # eta, what full adaptation adds to the store (fraction)
    messenger_gain: float = 0.0  # g, what activity 1 adds to messenger RNA (fold)
    outside: float = 0.0  # e, share of the protein at rest that lies outside cells

    def protein(self, adaptation: float, niche_rise: float) -> float:
        """Return protein over that at rest; ``niche_rise`` is the rise of the niche above rest, as a fraction."""
        store = self.made * (1.0 + self.gain * self.central * adaptation)
        return (1.0 - self.outside) * store + self.outside * (1.0 + niche_rise)

    def messenger(self, activity: float) -> float:
        """Return messenger RNA over that at rest, from movement-locked activity (0 at rest, 1 at full effort)."""
        return self.made * (1.0 + self.messenger_gain * self.central * activity)


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
