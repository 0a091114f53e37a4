"""Two-phase, release-limited kinetics of blood signals, advanced exactly minute by minute.

Intensity is constant within a minute, so every state follows a linear equation there and moves by factors found once
(`kinetics`): a year of one-minute bouts costs milliseconds, and the result does not depend on how minutes are grouped
into steps. All levels are folds of the resting plasma level P0; time is in minutes.

    dR/dt = (G A (I^n - l Ie^n) - R) / tau tau = tau_on while the target exceeds R, else tau_off
    dP/dt = k_a (C(t) rest (1 + R) + infusion - P)
    dv/dt = k_niche (P - v)                the niche sees blood through its own clearance
    dh/dt = (I - passive - l Ie - h)/tau_h movement-locked hippocampal activity, slower to fall than to rise
    dx/dt = (size response - x) / tau_x    one a circulating exerkine; tau_x may differ while it falls
    dD/dt = (dose rate - D) / 1 d          running average of the daily dose
    dA/dt = (D / (|D| + D50) - A) / tau_A  slow trophic adaptation; after a loss of it, faster for a while if asked for

Rest is that of a body with its everyday activity, of intensity Ie, which is no part of I: what was measured at rest was
measured in animals that walked about their cage. Where a share l of it is lacking every signal falls below rest.

Sources: the equations and defaults are the evidence synthesis `myokine`, sections 2.2 (blood), 2.3 (A, hippocampal
mRNA times) and 2.5 (exerkines); the gain A, n and the release times are calibrations, not measurements.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.exerkines import Exerkines, combined_rise, exerkine_response, minute_factors
from neurogen_abm.biology.propagator import propagator
from neurogen_abm.biology.release import circadian_factor, less_everyday, release_target
from neurogen_abm.biology.stress import Stress, stress, stress_response
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]

MINUTES_PER_DAY = 1440.0
# What is smaller is none: of resting BDNF, 10 to 300 pg/mL, less than a molecule in 100 mL. A level that only ever
# halves would else end among numbers that take a hundred times as long to add, and be shown as some level.
NEGLIGIBLE = 1e-12

# State vector of one animal: index -> meaning (unit). Messengers follow from N_STATE on, one entry each (fraction above
# rest); then what infusions add to each, where any is infused; last how used the animal is to its running (0..1), where
# a messenger answers to stress.
RELEASE = 0  # R, extra release as a fraction of resting release
PLASMA = 1  # P, plasma level (fold of P0)
NICHE = 2  # v, plasma as the niche sees it (fold of P0)
HIPPOCAMPUS = 3  # h, hippocampal activity (same scale as intensity)
DOSE = 4  # D, running average of the daily dose (km/d or intensity minutes per day)
ADAPTATION = 5  # A, slow trophic adaptation (0..1)
PLATELETS = 6  # s, spleen and platelet state behind serum (0..about 1)
PRIMED = 7  # time left in which lost adaptation comes back faster (min)
N_STATE = 8


class ReleaseFactors(NamedTuple):
    """What one minute makes of release, for one time constant: weights of its deviation at the start of the minute.

    ``plasma`` and ``niche`` are its weights in their deviations at the end, ``mean_`` in their means over the minute.
    """

    release: float  # exp(-1 min / tau)
    plasma: float
    niche: float
    mean_plasma: float
    mean_niche: float


class Kinetics(NamedTuple):
    """Parameters and one-minute factors of the blood equations: all floats, built by `kinetics`.

    ``x_from_y`` is the weight of the deviation of y at the start of a minute in that of x at its end; ``mean_`` in the
    mean over the minute.
    """

    release_gain: float  # A, extra release at intensity 1 (fold)
    release_exponent: float  # n (1)
    on: ReleaseFactors  # while release rises
    off: ReleaseFactors  # while it falls
    plasma_from_plasma: float  # (1)
    niche_from_plasma: float  # (1)
    niche_from_niche: float  # (1)
    mean_plasma_from_plasma: float  # (1)
    mean_niche_from_plasma: float  # (1)
    mean_niche_from_niche: float  # (1)
    circadian_amplitude: float  # of C(t), 0 switches the rhythm off (fraction of rest)
    circadian_peak_min: float  # minute of the run at which C(t) peaks (min)
    hippocampus_up: float  # exp(-1 min / tau up) (1)
    hippocampus_down: float  # exp(-1 min / tau down) (1)
    mean_hippocampus_up: float  # weight of the starting deviation in the minute mean (1)
    mean_hippocampus_down: float  # (1)
    dose_keep: float  # exp(-1 min / 1 d) (1)
    mean_dose_keep: float  # (1)
    dose_per_m: float  # dose of one metre (dose unit, e.g. 1e-3 km)
    dose_per_intensity_min: float  # dose of one minute at intensity 1 (dose unit)
    dose_half: float  # D50, daily dose of half adaptation (dose unit per day)
    adaptation_keep: float  # exp(-1 min / tau_A) (1)
    primed_keep: float  # the same while adaptation comes back faster (1)
    primed_threshold: float  # adaptation that primes (1)
    primed_min: float  # how long it stays primed once adaptation has fallen below; 0 switches the rule off (min)
    platelets_on: float  # exp(-1 min / tau_s on); 1 with platelets_off = 1 switches the state off (1)
    platelets_off: float  # (1)
    platelets_exponent: float  # (1)
    combiner_p: float  # p of the generalised mean over exerkines (1)
    everyday_intensity: float  # Ie, of the everyday activity that belongs to rest (1)
    everyday_release: float  # A Ie^n, what it adds to release (fold)
    everyday_dose: float  # of everyday activity (dose unit per day)
    stress: Stress  # how the messenger that is the stress hormone answers


@lru_cache(maxsize=64)  # half of what lowering an animal takes, and alike in all animals of an experiment
def _chain_factors(release_rate: float, plasma_rate: float, niche_rate: float) -> tuple[tuple[float, ...], ...]:
    """Return the 6 x 6 one-minute propagator of release -> plasma -> niche and their integrals (rates 1/min)."""
    generator = [[0.0] * 6 for _ in range(6)]
    generator[0][0] = -release_rate
    generator[1][0], generator[1][1] = plasma_rate, -plasma_rate
    generator[2][1], generator[2][2] = niche_rate, -niche_rate
    for i in range(3):
        generator[3 + i][i] = 1.0  # the integral over one minute is the minute mean
    return tuple(map(tuple, propagator(generator)))


def kinetics(
    *,
    release_gain: float = 1.2,
    release_exponent: float = 1.45,
    tau_on_min: float = 5.0,
    tau_off_min: float = 24.0,
    plasma_rate_per_min: float = math.log(2.0) / 2.0,
    niche_rate_per_min: float = math.log(2.0) / 10.0 + 0.005,
    circadian_amplitude: float = 0.0,
    circadian_peak_min: float = 0.0,
    hippocampus_up_min: float = 120.0,
    hippocampus_down_min: float = 360.0,
    dose_per_m: float = 1e-3,
    dose_per_intensity_min: float = 0.0,
    dose_half: float = 0.5,
    adaptation_min: float = 10.0 * MINUTES_PER_DAY,
    primed_adaptation_min: float = 10.0 * MINUTES_PER_DAY,
    primed_threshold: float = 1.0,
    primed_min: float = 0.0,
    platelets_on_min: float = math.inf,
    platelets_off_min: float = math.inf,
    platelets_exponent: float = 1.2,
    combiner_p: float = 0.0,
    everyday_intensity: float = 0.0,
    everyday_dose: float = 0.0,
    stress_axis: Stress | None = None,
) -> Kinetics:
    """Build the one-minute factors from rates and time constants.

    The defaults are the mouse of `myokine` 2.2 and 2.3; a run passes the values of its catalogue. Time constants are in
    minutes, rates in 1/min; `circadian_peak_min` counts from the start of the run; the dose unit is km by default.
    An infinite `platelets_on_min` switches the serum state off (mouse platelets hold no BDNF). `everyday_intensity` and
    `everyday_dose` (dose unit per day) say what a body loses whose everyday activity is taken away; 0: nothing.

    Raises
    ------
    ValueError
        If a rate or time constant is not positive.
    """
    for name, rate in (("plasma_rate_per_min", plasma_rate_per_min), ("niche_rate_per_min", niche_rate_per_min)):
        if not (rate > 0.0 and math.isfinite(rate)):
            raise ValueError(f"{name} must be positive and finite, not {rate} 1/min.")
    keep_on, keep_off = (minute_factors(tau)[0] for tau in (tau_on_min, tau_off_min))
    on, off = (_chain_factors(1.0 / tau, plasma_rate_per_min, niche_rate_per_min) for tau in (tau_on_min, tau_off_min))
    up, mean_up = minute_factors(hippocampus_up_min)
    down, mean_down = minute_factors(hippocampus_down_min)
    dose_keep, mean_dose_keep = minute_factors(MINUTES_PER_DAY)
    built = Kinetics(
        release_gain=release_gain,
        release_exponent=release_exponent,
        on=ReleaseFactors(keep_on, *(on[row][0] for row in (1, 2, 4, 5))),
        off=ReleaseFactors(keep_off, *(off[row][0] for row in (1, 2, 4, 5))),
        plasma_from_plasma=off[1][1],
        niche_from_plasma=off[2][1],
        niche_from_niche=off[2][2],
        mean_plasma_from_plasma=off[4][1],
        mean_niche_from_plasma=off[5][1],
        mean_niche_from_niche=off[5][2],
        circadian_amplitude=circadian_amplitude,
        circadian_peak_min=circadian_peak_min,
        hippocampus_up=up,
        hippocampus_down=down,
        mean_hippocampus_up=mean_up,
        mean_hippocampus_down=mean_down,
        dose_keep=dose_keep,
        mean_dose_keep=mean_dose_keep,
        dose_per_m=dose_per_m,
        dose_per_intensity_min=dose_per_intensity_min,
        dose_half=dose_half,
        adaptation_keep=minute_factors(adaptation_min)[0],
        primed_keep=minute_factors(primed_adaptation_min)[0],
        primed_threshold=primed_threshold,
        primed_min=primed_min,
        platelets_on=math.exp(-1.0 / platelets_on_min),
        platelets_off=math.exp(-1.0 / platelets_off_min),
        platelets_exponent=platelets_exponent,
        combiner_p=combiner_p,
        everyday_intensity=everyday_intensity,
        everyday_release=release_gain * everyday_intensity**release_exponent,
        everyday_dose=everyday_dose,
        stress=stress() if stress_axis is None else stress_axis,
    )
    # An int among them would compile everything again.
    numbers: dict[str, Any] = {n: float(v) for n, v in built._asdict().items() if not isinstance(v, tuple)}
    return built._replace(**numbers)


@compiled
def some_weigh(weights: Floats) -> bool:
    """Say whether any messenger has a part in the combined rise."""
    found = False
    for weight in weights:  # `np.any` would compile a loop over an array of its own
        found |= weight > 0.0
    return found


@compiled
def some(value: float) -> float:
    """Return a value, or 0 where it is negligible."""
    return value if abs(value) >= NEGLIGIBLE else 0.0


@compiled
def relaxed(value: float, goal: float, keep: float, mean_keep: float) -> tuple[float, float]:
    """Return end and mean of a first-order approach to `goal` over one minute (factors of `minute_factors`)."""
    away = value - goal
    return some(goal + away * keep), goal + away * mean_keep


@compiled
def blood_minute(
    k: Kinetics, release: float, plasma: float, niche: float, target: float, level: float, infusion: float
) -> tuple[float, float, float, float, float]:
    """Advance release, plasma and niche by one minute of constant target.

    The three are a linear chain around the equilibrium `level * (1 + target) + infusion`, so the end and the mean are
    exact. Release approaches its target from one side, so one time constant holds for the whole minute.

    Returns
    -------
    tuple
        Release, plasma and niche at the end of the minute, and the means of plasma and niche over it.
    """
    equilibrium = level * (1.0 + target) + infusion
    r, p, v = level * (release - target), plasma - equilibrium, niche - equilibrium
    f = k.on if target > release else k.off
    return (
        some(target + (release - target) * f.release),
        some(equilibrium + f.plasma * r + k.plasma_from_plasma * p),
        some(equilibrium + f.niche * r + k.niche_from_plasma * p + k.niche_from_niche * v),
        equilibrium + f.mean_plasma * r + k.mean_plasma_from_plasma * p,
        equilibrium + f.mean_niche * r + k.mean_niche_from_plasma * p + k.mean_niche_from_niche * v,
    )


@compiled
def hippocampus_minute(k: Kinetics, activity: float, intensity: float) -> tuple[float, float]:
    """Return end and mean of hippocampal activity over one minute: faster up (tau 2 h) than down (6 h)."""
    if intensity > activity:
        end, mean = relaxed(activity, intensity, k.hippocampus_up, k.mean_hippocampus_up)
    else:
        end, mean = relaxed(activity, intensity, k.hippocampus_down, k.mean_hippocampus_down)
    return end, mean


@compiled
def adaptation_minute(
    k: Kinetics, dose: float, adaptation: float, primed: float, intensity: float, work_m: float, lacking: float
) -> tuple[float, float, float, float]:
    """Return dose D and adaptation A at the end of one minute, the drive U = D / (|D| + D50) in it, time left primed.

    Metres count by their work. Dose counts from that of everyday activity, of which a share may be `lacking`, so that D
    may fall below 0. Molecular memory (`myokine` 2.3; off unless ``primed_min`` is positive): adaptation that has
    reached the threshold comes back faster for so long after it has fallen below. It is lost as slowly as ever.
    """
    rate = MINUTES_PER_DAY * (k.dose_per_m * work_m + k.dose_per_intensity_min * intensity)
    dose, mean_dose = relaxed(dose, rate - lacking * k.everyday_dose, k.dose_keep, k.mean_dose_keep)
    # D moves by less than a thousandth of its input within a minute, so its mean stands for it in the drive.
    drive = mean_dose / (abs(mean_dose) + k.dose_half) if mean_dose != 0.0 else 0.0
    keep = k.primed_keep if 0.0 < primed < k.primed_min and drive > adaptation else k.adaptation_keep
    adaptation = some(drive + (adaptation - drive) * keep)
    primed = k.primed_min if adaptation >= k.primed_threshold else max(0.0, primed - 1.0)
    return dose, adaptation, drive, primed


@compiled
def stress_minute(k: Kinetics, state: Floats, intensity: float, forced: float, dose: float, drive: float) -> float:
    """Return the response of the stress axis in one minute, and let the animal get used to what it does."""
    habit, used = state[-1], max(0.0, drive)
    state[-1] = some(used + (habit - used) * k.stress.keep)
    return stress_response(k.stress, intensity, forced, dose, used, habit)


@compiled
def exerkines_minute(
    k: Kinetics,
    messengers: Exerkines,
    state: Floats,
    means: Floats,
    intensity: float,
    forced: float,
    dose: float,
    drive: float,
    lacking: float,
) -> None:
    """Advance the messenger entries of `state` by one minute, and write their minute means into `means`.

    ``drive`` is that of the daily ``dose``, ``forced`` the part of intensity that is imposed. What answers to intensity
    loses the response to the share of everyday activity that is ``lacking``, which is a part of what is there at rest,
    so that no level falls below 0; what answers to dose finds it in the drive. A mean is what is left of the rise where
    a messenger is neutralised, what infusions add included; the state is that of release.
    """
    n = messengers.size.size
    for i in range(n):
        if i == messengers.stressed:
            response = stress_minute(k, state, intensity, forced, dose, drive)
        else:
            response = exerkine_response(
                intensity, drive, messengers.by_dose[i], messengers.threshold[i], messengers.exponent[i]
            )
            if lacking > 0.0 and messengers.by_dose[i] <= 0.5:
                threshold, exponent = messengers.threshold[i], messengers.exponent[i]
                usual = exerkine_response(k.everyday_intensity, 0.0, 0.0, threshold, exponent)
                response -= lacking * usual / (1.0 + max(0.0, messengers.size[i]) * usual)
        rise, goal = state[N_STATE + i], max(-1.0, messengers.size[i] * response)
        if abs(goal) >= abs(rise):
            state[N_STATE + i], means[i] = relaxed(rise, goal, messengers.keep[i], messengers.mean_keep[i])
        else:
            state[N_STATE + i], means[i] = relaxed(rise, goal, messengers.keep_off[i], messengers.mean_keep_off[i])
        if messengers.infused.size:
            state[N_STATE + n + i], added = relaxed(
                state[N_STATE + n + i],
                messengers.infused[i],
                messengers.infused_keep[i],
                messengers.infused_mean_keep[i],
            )
            means[i] += added
        means[i] *= messengers.left[i]


@compiled
def advance_minutes(
    k: Kinetics,
    messengers: Exerkines,
    state: Floats,
    activity: Activity,
    first_minute: int,
    n: int,
    gain: float,
    rest: float,
    infusion: float,
    rises: Floats,
) -> tuple[float, float, float, float, float, float]:
    """Advance `state` in place over minutes `first_minute` .. `first_minute + n - 1` of the run.

    Parameters
    ----------
    state
        From `blood.resting_state`, see the index constants; changed in place.
    activity
        That of the whole run, from its start.
    gain, rest, infusion
        G (`release_gain_factor`), Ctr (`resting_level`) and the steady rise by infusion (`infusion_fold`), held over
        the call. To be free of the step they must change only at times that every step shares, such as whole days.
    rises
        (messengers,), filled with what is in blood of the rise of each messenger, mean over the n minutes (fraction).

    Returns
    -------
    tuple
        Means over the n minutes of plasma (fold of P0), niche level v (fold), combined exerkine rise S (fraction),
        hippocampal activity h and intensity, and the distance covered (m).

    Raises
    ------
    IndexError
        If the minutes lie outside the schedule.
    """
    intensity, distance_m = activity.intensity, activity.distance_m
    if first_minute < 0 or n < 1 or first_minute + n > intensity.size or first_minute + n > distance_m.size:
        raise IndexError("The minutes to advance lie outside the activity schedule.")
    combine = some_weigh(messengers.weight)
    means = np.empty(messengers.size.size)
    rises[:] = 0.0
    release, plasma, niche, hippocampus = state[RELEASE], state[PLASMA], state[NICHE], state[HIPPOCAMPUS]
    dose, adaptation, platelets, primed = state[DOSE], state[ADAPTATION], state[PLATELETS], state[PRIMED]
    sum_plasma, sum_niche, sum_rise, sum_hippocampus, sum_intensity, covered = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    held, held_lack, target, platelet_target = 0.0, 0.0, 0.0, 0.0
    for minute in range(first_minute, first_minute + n):
        effort, lacking = intensity[minute], 1.0 - float(activity.everyday[minute])
        if effort != held or lacking != held_lack:  # a power costs as much as the rest, and effort is often held
            target = release_target(gain, k.release_gain, k.release_exponent, effort)
            target = less_everyday(target, gain * k.everyday_release * lacking)
            platelet_target = math.pow(effort, k.platelets_exponent)
            held, held_lack = effort, lacking
        level = rest * circadian_factor(k.circadian_amplitude, k.circadian_peak_min, minute)
        release, plasma, niche, mean_plasma, mean_niche = blood_minute(
            k, release, plasma, niche, target, level, infusion
        )
        own = effort - float(activity.passive[minute]) - lacking * k.everyday_intensity
        hippocampus, mean_hippocampus = hippocampus_minute(k, hippocampus, own)
        worked_m = distance_m[minute] * float(activity.work[minute])
        dose, adaptation, drive, primed = adaptation_minute(k, dose, adaptation, primed, effort, worked_m, lacking)
        keep = k.platelets_on if platelet_target > platelets else k.platelets_off
        platelets = some(platelet_target + (platelets - platelet_target) * keep)
        exerkines_minute(k, messengers, state, means, effort, activity.forced[minute], dose, drive, lacking)
        for i in range(len(means)):
            rises[i] += means[i] / n
        if combine:
            sum_rise += combined_rise(means, messengers.weight, k.combiner_p)
        sum_plasma += mean_plasma
        sum_niche += mean_niche
        sum_hippocampus += mean_hippocampus
        sum_intensity += effort
        covered += distance_m[minute]
    state[RELEASE], state[PLASMA], state[NICHE], state[HIPPOCAMPUS] = release, plasma, niche, hippocampus
    state[DOSE], state[ADAPTATION], state[PLATELETS], state[PRIMED] = dose, adaptation, platelets, primed
    return sum_plasma / n, sum_niche / n, sum_rise / n, sum_hippocampus / n, sum_intensity / n, covered
