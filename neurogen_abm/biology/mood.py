"""Mood as a set of hypotheses: stress, fatigue, depression, anxiety, mood; over days, for read-outs and the drive.

What an animal feels is not measured. Each state here is a number on the scale of the behaviour that stands for it, and
no gain is better than the study it comes from. Slow states approach a target, which is exact while the day's inputs
stay; anxiety and mood follow from them at once. What a state takes from another one it takes as it was when the day
began, so that a day is one step. Everything is bounded, whatever the inputs.
"""

import math
from typing import NamedTuple

from neurogen_abm.biology.muscle import approach

_HOURS_PER_DAY = 24.0


class Mood(NamedTuple):
    """Parameters of mood: flat, all floats; gains are per full input, on the scale of what they act on."""

    stress_time_d: float  # how long lasting stress outlives its cause
    young_buffer: float  # how much more stress counts without young neurons, as a fraction
    habit_time_d: float  # in which running becomes what the animal is used to
    strain_time_d: float  # recovery of muscle from more than it can take
    weariness_time_d: float  # recovery from running that took the time for sleep
    sleep_h: float  # what an animal needs in a day
    anxiety_per_stress: float
    anxiety_per_lack: float  # of missing young neurons by themselves, without stress
    anxiety_per_miss: float  # of missing the usual run
    depression_time_d: float
    depression_per_stress: float  # in standard deviations, as all of depression
    depression_per_kynurenine: float
    depression_per_miss: float  # of missing the usual run, or of being held still
    depression_relief: float  # by running at full dose
    mood_per_use: float  # of running at full dose, in standard deviations
    mood_per_depression: float
    mood_per_anxiety: float
    mood_per_fatigue: float


class Day(NamedTuple):
    """What a day was like."""

    corticosterone: float = 0.0  # mean rise above rest (fraction)
    kynurenine: float = 0.0  # the same
    young: float = 1.0  # young neurons over those at the start of the run
    use: float = 0.0  # saturating dose of running, 0..1
    load: float = 1.0  # what the day asked of the body, on the scale of fitness
    fitness: float = 1.0  # over that of a sedentary animal of its age
    active_h: float = 0.0  # hours spent running
    held: float = 0.0  # share of the day held still


class MoodState(NamedTuple):
    """What one animal feels; all 0 in a rested, sedentary one."""

    stress: float = 0.0  # corticosterone as it is felt, above rest; 0 or more
    habit: float = 0.0  # the dose of running it is used to, 0..1
    strain: float = 0.0  # fatigue of muscle, 0..1
    weariness: float = 0.0  # fatigue of the brain, 0..1
    depression: float = 0.0  # in standard deviations above usual, 0 or more
    anxiety: float = 0.0  # index, 0..1
    mood: float = 0.0  # index, -1..1

    @property
    def fatigue(self) -> float:
        """Fatigue of muscle and brain together, 0..1."""
        return 1.0 - (1.0 - self.strain) * (1.0 - self.weariness)


def saturated(x: float) -> float:
    """Return x/(1 + |x|): near 0 the number itself, never beyond -1 or 1.

    >>> saturated(1.0), saturated(-3.0)
    (0.5, -0.75)
    """
    return x / (1.0 + abs(x)) if math.isfinite(x) else math.copysign(1.0, x)


def felt_stress(corticosterone: float, young: float, buffer: float) -> float:
    """Return the rise of corticosterone as it counts: more with fewer young neurons, less with more; 0 at least.

    Mice without new neurons recover more slowly from stress and are more anxious after it (Snyder et al. 2011); mice
    with more of them are less so under lasting corticosterone, and at rest no different (Hill et al. 2015). More than
    twice as many count as twice.
    """
    return max(0.0, corticosterone) * max(0.0, 1.0 + buffer * (1.0 - min(young, 2.0)))


def missed_run(habit: float, use: float) -> float:
    """Return by how much the running of a day stayed below what the animal is used to, 0..1."""
    return max(0.0, habit - use)


def overload(load: float, fitness: float, fitness_max: float) -> float:
    """Return by how much a day asked more than the body can, in units of all that training can add; 0 at least.

    Where training adds nothing there is no such unit, and load (`muscle.training_load`) asks nothing either.
    """
    return max(0.0, load - fitness) / (fitness_max - 1.0) if fitness_max > 1.0 else 0.0


def lost_sleep(active_h: float, sleep_h: float) -> float:
    """Return the share of the sleep an animal needs that running left no time for, 0..1."""
    return min(1.0, max(0.0, active_h - max(0.0, _HOURS_PER_DAY - sleep_h)) / sleep_h)


def depressing(p: Mood, stress: float, kynurenine: float, missed: float, use: float) -> float:
    """Return the depression that is approached, in standard deviations: what depresses less what running relieves.

    Running only takes away what is there (in people with depression by 0.62, Noetel et al. 2024), so that the target
    is 0 at least.
    """
    load = p.depression_per_stress * saturated(stress) + p.depression_per_kynurenine * saturated(kynurenine)
    return max(0.0, load + p.depression_per_miss * missed - p.depression_relief * use)


def anxiety_index(p: Mood, stress: float, young: float, missed: float) -> float:
    """Return the anxiety-like index, 0..1: of stress, of missing the usual run, and of lacking young neurons."""
    lack = max(0.0, 1.0 - young)
    return saturated(p.anxiety_per_stress * stress + p.anxiety_per_lack * lack + p.anxiety_per_miss * missed)


def mood_index(p: Mood, use: float, depression: float, anxiety: float, fatigue: float) -> float:
    """Return mood, -1..1: tanh of what lifts less what lowers, each in standard deviations; 0 is usual."""
    lowered = p.mood_per_depression * depression + p.mood_per_anxiety * anxiety + p.mood_per_fatigue * fatigue
    return math.tanh(p.mood_per_use * use - lowered)


def advance_mood(p: Mood, state: MoodState, day: Day, fitness_max: float, dt_d: float) -> MoodState:
    """Return the state after `dt_d` of days like this one."""
    stress_now = felt_stress(day.corticosterone, day.young, p.young_buffer)
    missed = missed_run(state.habit, day.use)
    sad = depressing(p, stress_now, day.kynurenine, max(missed, day.held), day.use)
    over = saturated(overload(day.load, day.fitness, fitness_max))
    after = MoodState(
        stress=approach(state.stress, stress_now, dt_d, p.stress_time_d),
        habit=approach(state.habit, day.use, dt_d, p.habit_time_d),
        strain=approach(state.strain, over, dt_d, p.strain_time_d),
        weariness=approach(state.weariness, lost_sleep(day.active_h, p.sleep_h), dt_d, p.weariness_time_d),
        depression=approach(state.depression, sad, dt_d, p.depression_time_d),
    )
    anxiety = anxiety_index(p, after.stress, day.young, missed_run(after.habit, day.use))
    return after._replace(anxiety=anxiety, mood=mood_index(p, day.use, after.depression, anxiety, after.fatigue))
