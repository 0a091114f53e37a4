"""What age takes of a sedentary body: muscle mass, strength and aerobic capacity, and BDNF of the niche."""

import math
from typing import NamedTuple

LEAST = 0.1  # what no age takes: the laws are fits to ages that were reached


class Ageing(NamedTuple):
    """How a sedentary body ages; years, and losses per year."""

    mature_yr: float  # age from which anything is lost
    mass_loss: float  # of the young mass
    late_mass_yr: float  # age from which the late loss takes over
    late_mass_loss: float
    strength_loss: float  # of what is left
    late_strength_yr: float
    late_strength_loss: float
    fitness_fall: float  # capacity lost while a body still gains weight (fraction of the young)
    fitness_fall_yr: float  # time constant of it
    fitness_loss: float  # of the young capacity
    late_fitness_yr: float
    late_fitness_loss: float


class Waning(NamedTuple):
    """A level at rest that falls with age, from that of the young to a share of it; nothing falls where it is 1."""

    aged_share: float = 1.0  # of the young level, which it nears
    from_age_h: float = 0.0
    time_h: float = 1.0  # time constant

    def left(self, age_h: float) -> float:
        """Return the level at an age over that of the young; an age of minus infinity is one before anything fell.

        >>> half = Waning(aged_share=0.5, from_age_h=100.0, time_h=10.0)
        >>> half.left(100.0), round(half.left(110.0), 3), half.left(1e6)
        (1.0, 0.684, 0.5)
        """
        return 1.0 + (1.0 - self.aged_share) * math.expm1(-max(age_h - self.from_age_h, 0.0) / self.time_h)


def _years(age_yr: float, mature_yr: float, late_yr: float) -> tuple[float, float]:
    """Return the years lived since maturity, before and after the age at which the late loss takes over."""
    # Comparisons instead of min and max, which take three times as long: every row of a series asks three times.
    early = (age_yr if age_yr < late_yr else late_yr) - mature_yr
    late = age_yr - (late_yr if late_yr > mature_yr else mature_yr)
    return early if early > 0.0 else 0.0, late if late > 0.0 else 0.0


def mass_of_age(p: Ageing, age_yr: float) -> float:
    """Return muscle mass by age alone: 1 until maturity, then a loss of a fixed part of the young mass per year."""
    early, late = _years(age_yr, p.mature_yr, p.late_mass_yr)
    return max(LEAST, 1.0 - p.mass_loss * early - p.late_mass_loss * late)


def strength_of_age(p: Ageing, age_yr: float) -> float:
    """Return strength by age alone: 1 until maturity, then a loss of a fixed part of what is left per year.

    Strength falls faster than mass, because what is left of muscle also pulls less (Goodpaster et al. 2006).
    """
    early, late = _years(age_yr, p.mature_yr, p.late_strength_yr)
    return max(LEAST, math.exp(-p.strength_loss * early - p.late_strength_loss * late))


def fitness_of_age(p: Ageing, age_yr: float) -> float:
    """Return aerobic capacity by age alone (per body weight): 1 until maturity, then less.

    Rats lose a part of it within months of maturity, while they gain weight, and keep the rest into old age; the loss
    of people is even over the years.
    """
    early, late = _years(age_yr, p.mature_yr, p.late_fitness_yr)
    fall = p.fitness_fall * -math.expm1(-max(0.0, age_yr - p.mature_yr) / p.fitness_fall_yr)
    return max(LEAST, 1.0 - fall - p.fitness_loss * early - p.late_fitness_loss * late)
