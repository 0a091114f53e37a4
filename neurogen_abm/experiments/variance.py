"""Where the variance of a read-out comes from: what is not known, what animals differ in, what chance does.

The same animals live under every draw of the parameters (common random numbers), and under every second draw they live
once more with other luck. By the law of total variance, with ``y`` a read-out, ``draw`` a set of parameters and
``animal`` the traits of an animal,

    var(y) = var(E[y | draw])  +  E[var(E[y | draw, animal] | draw)]  +  E[var(y | draw, animal)]
             not known            animals                              chance

Draws and animals are crossed, so that the first part follows from the two-way analysis of variance: the variance of the
means of the draws, less what the animals that do not answer alike leave in it. The sum of the others is the mean
variance within a draw; half the mean square of the difference of two lives is the last (Searle, Casella & McCulloch
1992, Variance Components, chapter 4). All three are unbiased, so that one that is small may come out below zero.
"""

from typing import NamedTuple

import numpy as np

from neurogen_abm.experiments.statistics import Array

# The share of what is expected that a band holds, and the quantiles at which it ends.
BAND = 0.8
QUANTILES = (0.1, 0.5, 0.9)
# Every so many draws an animal lives twice. It depends on the draw alone, so that more draws change none of the others.
LIVED_TWICE = 2


class Split(NamedTuple):
    """Parts of a variance with their standard errors; arrays of one shape, NaN where a part cannot be told."""

    parameters: Array
    animals: Array
    chance: Array
    parameters_error: Array
    animals_error: Array
    chance_error: Array

    @property
    def within(self) -> Array:
        """The variance of animals under one draw: animals and chance together."""
        return np.where(np.isnan(self.animals), self.chance, self.animals + self.chance)

    def shares(self) -> Array:
        """Return the share of each part, parts along the first axis; one that came out below zero is none."""
        parts = np.clip(np.nan_to_num(np.array(self[:3])), 0.0, None)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isnan(np.array(self[:3])), np.nan, parts / parts.sum(axis=0))


class Bands(NamedTuple):
    """Quantiles (along the first axis, as `QUANTILES`) of what is expected, part by part; each holds the one before."""

    parameters: Array  # of the mean animal: what is not known
    animals: Array  # of the expectation of an animal: and what animals differ in
    all: Array  # of an animal: and what chance does


def split(first: Array, again: Array | None = None) -> Split:
    """Return where the variance comes from.

    Parameters
    ----------
    first
        Read-outs, shape (draws, animals, ...): the same animals under every draw, two of each at least.
    again
        The same of a second life of the same animals, NaN where there was none. Without it animals differ by chance
        alone: the lives of one animal, say.
    """
    draws, animals = first.shape[:2]
    of_draws, rest = _crossed(first)
    mean_variance = first.var(axis=1, ddof=1).mean(axis=0)
    free = (draws - 1) * (animals - 1)
    parameters = of_draws - rest / animals
    error = np.sqrt(2 * of_draws**2 / (draws - 1) + 2 * (rest / animals) ** 2 / free)
    of_animals = first.mean(axis=0).var(axis=0, ddof=1)
    within_error = np.sqrt(2 * of_animals**2 / (animals - 1) + 2 * ((draws - 1) / draws * rest) ** 2 / free)
    if again is None:
        none = np.full_like(parameters, np.nan)
        return Split(parameters, none, mean_variance, error, none, within_error)
    twice = np.isfinite(again).reshape(draws, -1).any(axis=1)
    by_animal = ((first[twice] - again[twice]) ** 2 / 2).mean(axis=0)
    chance, chance_error = by_animal.mean(axis=0), by_animal.std(axis=0, ddof=1) / np.sqrt(animals)
    # The error of the difference of two estimates from the same lives is taken as if they were independent: too wide.
    return Split(parameters, mean_variance - chance, chance, error, np.hypot(within_error, chance_error), chance_error)


def _crossed(values: Array) -> tuple[Array, Array]:
    """Return the variance of the means of draws, and the mean square of what neither draws nor animals explain."""
    draws, animals = values.shape[:2]
    by_draw = values.mean(axis=1, keepdims=True)
    left = values - by_draw - values.mean(axis=0, keepdims=True) + values.mean(axis=(0, 1), keepdims=True)
    rest = (left**2).sum(axis=(0, 1)) / ((draws - 1) * (animals - 1))
    return by_draw[:, 0].var(axis=0, ddof=1), rest


def bands(first: Array, found: Split) -> Bands:
    """Return bands of which each is as wide as its parts of the variance are.

    Means of few animals differ from draw to draw by chance too, and the animals of a draw by less than they would if
    their mean were known: both are drawn together, or apart, to the variance that `split` found.
    """
    animals = first.shape[1]
    by_draw = first.mean(axis=1, keepdims=True)
    grand = by_draw.mean(axis=0, keepdims=True)
    apart = (first - by_draw) * np.sqrt(animals / (animals - 1))
    whole = first.var(axis=1, ddof=1).mean(axis=0)
    centre = grand + (by_draw - grand) * _ratio(found.parameters, by_draw[:, 0].var(axis=0, ddof=1))
    lasting = apart * _ratio(np.nan_to_num(found.animals), whole)
    return Bands(
        _quantiles(centre[:, 0]), _quantiles(_together(centre + lasting)), _quantiles(_together(centre + apart))
    )


def _ratio(part: Array, whole: Array) -> Array:
    """Return by what deviations are multiplied so that their variance becomes a part of the whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(np.where(whole > 0, np.clip(part, 0.0, None) / whole, 0.0))


def _together(values: Array) -> Array:
    return values.reshape(-1, *values.shape[2:])


def _quantiles(values: Array) -> Array:
    return np.asarray(np.quantile(values, QUANTILES, axis=0))


def effect_of_each(control: Array, treated: Array) -> Array:
    """Return the effect on each animal as a share of the mean control of its draw; shape (draws, animals, ...).

    Its mean over animals is the relative effect of the draw; what an animal adds is that of the linearised ratio of
    means (Cochran 1977, Sampling Techniques, eq. 6.13). NaN where the control has none.
    """
    return effect_beside(control, treated, control, treated)


def effect_beside(control: Array, treated: Array, own: Array, own_treated: Array) -> Array:
    """Return the effect on animals of another life, against the means of the first."""
    base = control.mean(axis=1, keepdims=True)
    base = np.where(base == 0, np.nan, base)
    ratio = treated.mean(axis=1, keepdims=True) / base
    return np.asarray(ratio - 1 + (own_treated - ratio * own) / base)
