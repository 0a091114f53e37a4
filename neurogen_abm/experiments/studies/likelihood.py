"""How probable a published finding is, if the truth is what the model says: the score that can fail.

A paper counts few animals, which differ. So what it reports is the truth times luck, and each finding supports only as
much as its animals could tell apart:

- a number: its density under a Student distribution around what the model says, as wide as the paper's own standard
  error, or else as the spread of such counts over the paper's animals;
- a span, or a bound that is not equality: the probability that the paper's number falls there;
- "raised", "lowered", "no difference": the probability of this outcome of the paper's test at 5 %. The three are
  outcomes of one test, so that no effect makes two of them likely;
- an order: the probability that the paper's means come in it;
- a correlation: the probability that it is significant among so many animals;
- a day: as a number, as wide as days are accepted.

No finding counts for more than 10 nats against a model, since a paper can be wrong, or its protocol misread. The error
of the simulation is added to that of the paper. Positive numbers are compared on the logarithm, in which
a spread is the coefficient of variation. Shapes of courses have no likelihood here; they keep their verdict.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy import special, stats
from scipy.integrate import cumulative_trapezoid

from neurogen_abm.experiments.statistics import CONFIDENCE

Outcome: TypeAlias = Literal["raised", "lowered", "no difference"]
Reading: TypeAlias = Literal["pass", "near", "fail"]

# The least that a finding scores, natural logarithm: one in 22,000.
FLOOR = -10.0
# A number nearer than this to what the model predicts is inside its predictive interval; else less than one in 300
# experiments would find one so far off.
_INSIDE, _FAR = 1 - CONFIDENCE, 0.0027
# An outcome passes where the model makes it more likely than not.
_LIKELY, _POSSIBLE = 0.5, 0.05
# An order is integrated over so many standard errors to each side, with so many points in each.
_REACH, _POINTS = 8.0, 50


class Simulated(NamedTuple):
    """What the model says of a finding, on the scale on which it is compared (the logarithm of positive numbers)."""

    centre: float
    error: float = 0.0  # standard error of the simulation

    def width(self, of_the_paper: float) -> float:
        """Return the standard error of the difference between paper and model."""
        return math.hypot(self.error, of_the_paper)


class Precision(NamedTuple):
    """How well a paper knew its number: standard error on the scale of comparison, and degrees of freedom."""

    error: float
    freedom: float

    def at_most(self, value: float, said: Simulated) -> float:
        """Return the probability that the paper finds no more than a value, given what the model says."""
        return float(special.stdtr(self.freedom, (value - said.centre) / said.width(self.error)))

    @property
    def significant(self) -> float:
        """From which difference on the paper's test at 5 % calls it one."""
        return self.error * self.reach

    @property
    def reach(self) -> float:
        """How many standard errors lie between the middle and an end of a 95 % interval."""
        return float(special.stdtrit(self.freedom, 1 - (1 - CONFIDENCE) / 2))

    def log_density(self, t: float) -> float:
        """Return the logarithm of Student's density."""
        if math.isinf(self.freedom):
            return -0.5 * (t * t + math.log(2 * math.pi))
        half = (self.freedom + 1) / 2
        scale = math.lgamma(half) - math.lgamma(half - 0.5) - 0.5 * math.log(self.freedom * math.pi)
        return scale - half * math.log1p(t * t / self.freedom)


class Likelihood(NamedTuple):
    """The likelihood of one finding, and how it reads."""

    log_score: float  # natural logarithm of a density or a probability, FLOOR at least
    reading: Reading
    low: float = math.nan  # 95 % of papers like this one would report a number from here
    high: float = math.nan  # to here; on the scale of comparison


SILENT = Likelihood(FLOOR, "fail")
"""Of a finding on which the model has no number: no newborn cell, no peak."""


def of_number(value: float, precision: Precision, said: Simulated) -> Likelihood:
    """Return the likelihood of a reported number."""
    if not math.isfinite(said.centre):
        return SILENT
    width = said.width(precision.error)
    t = (value - said.centre) / width
    log_score = precision.log_density(t) - math.log(width)
    chance = 2 * float(special.stdtr(precision.freedom, -abs(t)))
    reading: Reading = "pass" if chance >= _INSIDE else "near" if chance >= _FAR else "fail"
    return Likelihood(max(log_score, FLOOR), reading, *_predicted(precision, said))


def of_span(low: float, high: float, precision: Precision, said: Simulated) -> Likelihood:
    """Return the likelihood that a paper's number lies from ``low`` to ``high``, either of which may be infinite.

    A closed span is often narrower than the paper's own error, so it passes where it reaches into what is predicted.
    """
    if not math.isfinite(said.centre):
        return SILENT
    chance = precision.at_most(high, said) - precision.at_most(low, said)
    if math.isfinite(low) and math.isfinite(high):
        nearest = min(max(said.centre, low), high)
        reading = of_number(nearest, precision, said).reading
    else:
        reading = _read(chance)
    return Likelihood(_log(chance), reading, *_predicted(precision, said))


def of_outcome(outcome: Outcome, precision: Precision, said: Simulated) -> Likelihood:
    """Return the likelihood of an outcome of the paper's test; ``said`` is the effect, 0 for none."""
    if not math.isfinite(said.centre):
        return SILENT
    limit = precision.significant
    lowered, not_raised = precision.at_most(-limit, said), precision.at_most(limit, said)
    chance = {"raised": 1 - not_raised, "lowered": lowered, "no difference": not_raised - lowered}[outcome]
    return Likelihood(_log(chance), _read(chance), *_predicted(precision, said))


def of_order(said: Sequence[Simulated], errors: Sequence[float]) -> Likelihood:
    """Return the likelihood that the paper's numbers rise in the order given."""
    if not all(math.isfinite(entry.centre) for entry in said):
        return SILENT
    widths = [entry.width(error) for entry, error in zip(said, errors, strict=True)]
    chance = _rising([entry.centre for entry in said], widths)
    return Likelihood(_log(chance), _read(chance))


def of_correlation(r: float, error: float, animals: int, sign: Literal["positive", "negative"]) -> Likelihood:
    """Return the likelihood that a correlation is found significant, with the sign stated, among so many animals.

    ``r`` and its standard error are those of the model. Fisher's transform makes it a number with a known error.
    """
    if not math.isfinite(r) or abs(r) >= 1.0:
        return SILENT
    spread = error / (1 - r * r) if math.isfinite(error) else 0.0
    return of_transformed(Simulated(math.atanh(r), spread), animals, sign)


def of_transformed(said: Simulated, animals: int, sign: Literal["positive", "negative"]) -> Likelihood:
    """Return the same of a correlation that went through Fisher's transform."""
    if animals < 4:
        return SILENT
    precision = Precision(1 / math.sqrt(animals - 3), math.inf)
    return of_outcome("raised" if sign == "positive" else "lowered", precision, said)


def _rising(centres: Sequence[float], widths: Sequence[float]) -> float:
    """Return the probability that independent normal numbers come out in rising order."""
    low = min(c - _REACH * w for c, w in zip(centres, widths, strict=True))
    high = max(c + _REACH * w for c, w in zip(centres, widths, strict=True))
    x = np.linspace(low, high, round((high - low) / min(widths) * _POINTS) + 1)
    # The density of a number at x, times the probability that those before rose and stayed below it.
    below = np.ones_like(x)
    for centre, width in zip(centres, widths, strict=True):
        below = cumulative_trapezoid(stats.norm.pdf(x, centre, width) * below, x, initial=0.0)
    return float(min(below[-1], 1.0))


def _predicted(precision: Precision, said: Simulated) -> tuple[float, float]:
    reach = said.width(precision.error) * precision.reach
    return said.centre - reach, said.centre + reach


def mean_probability(log_scores: Sequence[float]) -> float:
    """Return the score of a finding over draws that are equally probable: the logarithm of the mean probability."""
    return max(float(special.logsumexp(log_scores)) - math.log(len(log_scores)), FLOOR)


def _log(chance: float) -> float:
    return max(math.log(chance), FLOOR) if chance > 0.0 else FLOOR


def _read(chance: float) -> Reading:
    return "pass" if chance >= _LIKELY else "near" if chance >= _POSSIBLE else "fail"
