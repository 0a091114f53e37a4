"""Wheel running of a mouse, bout by bout, with the statistics of measured one-minute counts.

Evidence synthesis `myokine`, section 2.7: two laboratories, eleven mice, 12 h light and 12 h dark. A day of running
begins at lights-off. Bouts and gaps alternate; a gap passes more slowly the later the hour, so that running follows
the measured hourly share of the night; the bouts of a day are then scaled to that day's distance.

Every draw of a day is addressed by (seed, day): a day's running does not depend on the length of the run.
"""

import bisect
import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neurogen_abm.activity.intensity import MAX_INTENSITY, Value
from neurogen_abm.activity.run_context import MINUTES_PER_DAY, ActivityError, BlockActivity, Floats, RunContext
from neurogen_abm.activity.work import work_of
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import Wheel

MOST_ACTIVE = 0.88  # share of an hour that can be run: gaps last a minute at least
ACTIVE_TIME_TOLERANCE = 0.15  # a day far from the running time that belongs to its distance is drawn again
MOST_ATTEMPTS = 50
_DAYS_KEPT = 2048  # of this process, 12 kB each: twins run alike, however old they are and whatever else is changed


class WheelStatistics(NamedTuple):
    """Running of a mouse that runs `reference_km_d`; fields are named as in the catalogue (`physiology.wheel`)."""

    bout_shape: float  # gamma shape of bout length (1)
    bout_scale: float  # gamma scale of bout length (min)
    bouts_per_day: float
    hourly_share: tuple[float, ...]  # relative running in each hour of darkness, from lights-off
    dark_share: float  # share of a day's running in the dark
    active_rate: float  # mean rate of running minutes (counts/min)
    metres_per_count: float
    day_to_day_cv: float  # coefficient of variation of distance between days
    active_time_exponent: float  # running minutes rise as this power of distance
    first_light_hour_share: float  # share of the running in the light that falls into its first hour
    light_bout_scale: float  # length of bouts in the light over the mean
    gap_spread: float  # standard deviation of ln(gap) within an hour
    bout_rate_shape: float  # gamma shape of a bout's top speed around the day's
    minute_rate_alpha: float  # beta shapes of a minute's speed under its bout's top speed
    minute_rate_beta: float
    fastest_rate: float  # fastest minute (counts/min)

    @property
    def active_min(self) -> float:
        """Running minutes per day: bouts times their mean length."""
        return self.bouts_per_day * self.bout_shape * self.bout_scale

    @property
    def reference_km_d(self) -> float:
        """Distance per day at the measured bouts and rate (km/d)."""
        return self.active_min * self.active_rate * self.metres_per_count / 1000.0


_UNITS = {"bout_scale": "min", "bouts_per_day": "1/d", "metres_per_count": "m/count"}
_UNITS |= {"active_rate": "count/min", "fastest_rate": "count/min"}


def wheel_statistics(value: Value) -> WheelStatistics:
    """Read the statistics of the species from its catalogue."""
    read = {name: value(f"physiology.wheel.{name}", _UNITS.get(name, "1")) for name in WheelStatistics._fields}
    hours = tuple(map(float, read.pop("hourly_share")))
    return WheelStatistics(hourly_share=hours, **{name: float(number) for name, number in read.items()})


@lru_cache(maxsize=8)
def hourly_share(statistics: WheelStatistics) -> tuple[float, ...]:
    """Return the share of a day's running in each of the 24 hours after lights-off; sums to 1."""
    dark = np.array(statistics.hourly_share)
    light_hours = 24 - dark.size
    if light_hours < 2:
        what = f"{dark.size} hours of darkness leave less than two of light."
        raise ActivityError(what, cure="Give 1 to 22 shares in hourly_share.")
    dark *= statistics.dark_share / dark.sum()
    light = 1.0 - statistics.dark_share
    first = statistics.first_light_hour_share
    rest = light * (1.0 - first) / (light_hours - 1)
    return (*dark, light * first, *[rest] * (light_hours - 1))


class _Pace(NamedTuple):
    """How fast bouts and gaps pass, by minute after lights-off, for one amount of running."""

    bout: list[float]  # (1441,) mean-bout minutes passed since lights-off; faster in the light, where bouts are short
    gap: list[float]  # (1441,) mean gaps passed since lights-off
    rate: Floats  # (1440,) speed of running at this hour relative to the day's


@lru_cache(maxsize=64)
def _pace(statistics: WheelStatistics, active_scale: float) -> _Pace:
    """Return the pace at `active_scale` times the measured running time."""
    share = np.array(hourly_share(statistics))
    active_min = statistics.active_min * active_scale
    active = np.minimum(share * active_min / 60.0, MOST_ACTIVE)
    for _ in range(20):  # what a full hour cannot hold goes to the others
        active = np.minimum(active * active_min / (60.0 * active.sum()), MOST_ACTIVE)
    active = np.maximum(active, 1e-5)  # a species that never runs in the light still has gaps of some length there
    # Bouts in the light are short; those in the dark are longer for it, so that the mean and the number hold.
    light = 1.0 - statistics.dark_share
    scale = statistics.light_bout_scale
    relative_length = np.full(24, scale)
    relative_length[: len(statistics.hourly_share)] = (1.0 - light) / (1.0 - min(light / scale, 0.5))
    bout_length = np.maximum(relative_length * statistics.bout_shape * statistics.bout_scale * active_scale, 1.0)
    gap_length = bout_length * (1.0 - active) / active
    beyond_first = np.maximum(gap_length - 1.0, 0.05)  # every gap lasts a minute; the rest is drawn
    rate = share / active
    return _Pace(
        bout=[0.0, *np.cumsum(np.repeat(1.0 / relative_length, 60)).tolist()],
        gap=[0.0, *np.cumsum(np.repeat(1.0 / beyond_first, 60)).tolist()],
        rate=np.repeat(rate / np.average(rate, weights=active), 60),
    )


@lru_cache(maxsize=_DAYS_KEPT)
def running_day(statistics: WheelStatistics, seed: int, day: int, distance_km: float) -> Floats:
    """Return the metres run in each minute of one day, (1440,), from lights-off to lights-off; it cannot be written.

    ``seed`` and ``day`` address the draws; day 0 begins at the first lights-off of the run, day -1 the evening before.
    ``distance_km`` is the mean of such a day; the day's own varies around it with `statistics.day_to_day_cv`.
    """
    draws = np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy=seed, spawn_key=(day + 1,))))
    log_variance = math.log1p(statistics.day_to_day_cv**2)
    distance_km *= math.exp(math.sqrt(log_variance) * draws.standard_normal() - 0.5 * log_variance)
    if distance_km <= 0.0:
        return np.zeros(MINUTES_PER_DAY)
    # Steps of 2 % in running time leave few paces to work out; the distance itself is exact.
    steps = round(math.log(distance_km / statistics.reference_km_d) * statistics.active_time_exponent / 0.02)
    active_scale = min(math.exp(0.02 * steps), 1.6)
    expected = statistics.active_min * active_scale
    for _ in range(MOST_ATTEMPTS):
        speed = _bouts(statistics, active_scale, draws)
        if abs(np.count_nonzero(speed) / expected - 1.0) <= ACTIVE_TIME_TOLERANCE:
            break
    return scaled(speed, 1000.0 * distance_km, statistics.fastest_rate * statistics.metres_per_count)


def _bouts(statistics: WheelStatistics, active_scale: float, draws: np.random.Generator) -> Floats:
    """Return relative speed in each minute of a day of alternating gaps and bouts, (1440,)."""
    bout, gap, rate = _pace(statistics, active_scale)
    mean_scale, spread = statistics.bout_scale * active_scale, statistics.gap_spread
    alpha, beta = statistics.minute_rate_alpha, statistics.minute_rate_beta
    bout_shape, rate_shape = statistics.bout_shape, statistics.bout_rate_shape
    normal, gamma, uniform = draws.standard_normal, draws.standard_gamma, draws.random
    less = 0.5 * spread**2
    speed = np.zeros(MINUTES_PER_DAY)
    minute = 0
    while True:
        minute = _after(gap, minute + (minute > 0), math.exp(spread * normal() - less))
        if minute >= MINUTES_PER_DAY:
            return speed * rate
        stop = min(max(_after(bout, minute, mean_scale * gamma(bout_shape)), minute + 1), MINUTES_PER_DAY)
        top = gamma(rate_shape)
        drawn = draws.beta(alpha, beta, stop - minute)
        drawn *= top
        # A bout fills only part of its first and last minute.
        begins, ends = uniform(), uniform()
        drawn[0] *= begins
        if stop - minute > 1:
            drawn[-1] *= ends
        speed[minute:stop] = drawn
        minute = stop


def scaled(speed: Floats, metres: float, fastest: float) -> Floats:
    """Return metres by minute in proportion to `speed`, `metres` in all, none above `fastest` where that can be."""
    result = speed * (metres / speed.sum()) if speed.any() else speed
    for _ in range(8):
        over = result > fastest
        room = result[~over].sum()
        if not over.any() or room <= 0.0:
            break
        spare = (result[over] - fastest).sum()
        result = np.where(over, fastest, result * (1.0 + spare / room))
    return result


def _after(passed: list[float], minute: int, amount: float) -> int:
    """Return the minute, to the nearest, at which `amount` has passed since `minute` on a running total."""
    if minute >= MINUTES_PER_DAY:
        return MINUTES_PER_DAY
    goal = passed[minute] + amount
    stop = bisect.bisect_left(passed, goal, minute)
    if stop > MINUTES_PER_DAY:
        return MINUTES_PER_DAY
    if stop > minute and goal - passed[stop - 1] < 0.5 * (passed[stop] - passed[stop - 1]):
        stop -= 1
    return stop


def greatest_distance_km_d(value: Value) -> float:
    """Return the distance per day at which running minutes reach the top speed of the species on average (km/d)."""
    statistics, top = wheel_statistics(value), float(value("physiology.wheel.max_speed", "m/min"))
    faster = top / (statistics.active_rate * statistics.metres_per_count)
    return float(statistics.reference_km_d * faster ** (1.0 / (1.0 - statistics.active_time_exponent)))


def wheel(block: "Wheel", run: RunContext) -> BlockActivity:
    """Return voluntary running of a mean distance per day, while the wheel is open.

    Days of the week count by the evening on which running starts. Overload raises the mean distance week by week, up to
    the most its kind can run. An ActivityError says that the species does not run in wheels, or not that far.
    """
    if run.species == "human":
        what, cure = "People do not run in wheels.", "Use walking, treadmill, interval or recording."
        raise ActivityError(what, where=f"{run.where}.kind", cure=cure, seen="wheel")
    statistics = wheel_statistics(run.value)
    most = greatest_distance_km_d(run.value)
    if block.distance_km_d > most * (1.0 + 1e-9):
        asked, usual = block.distance_km_d, run.value("physiology.wheel.default_distance", "km/d")
        what = f"{plain(asked)} km/d is more than a {run.species} can run: {plain(most, 3)} km/d at its top speed."
        cure = f"Give a shorter distance; {plain(usual)} km/d is usual in a {run.species}."
        raise ActivityError(what, where=f"{run.where}.distance", cure=cure, seen=asked)
    activity = BlockActivity.empty(run.n_minutes)
    first, last = run.window(block)
    evening = run.lights_off_min - run.clock_start_min  # run minute of lights-off on the first calendar day
    for day in range((first - evening) // MINUTES_PER_DAY, (last - evening) // MINUTES_PER_DAY + 1):
        if (day + run.weekday) % 7 not in block.weekdays:
            continue
        start = evening + day * MINUTES_PER_DAY
        distance = min(block.distance_km_d * run.growth(block, max(start, first)), most)
        metres = running_day(statistics, run.seed, day, distance)
        begin, end = max(start, first), min(start + MINUTES_PER_DAY, last)
        if begin < end:
            activity.distance_m[begin:end] = metres[begin - start : end - start]
    work = work_of(block, run.value, run.species)
    activity.intensity[:] = np.minimum(activity.distance_m / run.scale.vmax_m_min * work, MAX_INTENSITY)
    return activity
