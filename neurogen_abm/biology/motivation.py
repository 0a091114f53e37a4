"""The drive to move, over days: age, dopamine, fitness, mood, fatigue, depression, stress.

Evidence synthesis `myokine`, sections 2.6 and 2.8; equations are solved exactly over a step, as in `biology.muscle`.
"""

from typing import NamedTuple

from neurogen_abm.biology.muscle import approach


def drive_of_age(age_d: float, mature_d: float, aged_d: float, aged_drive: float) -> float:
    """Return the drive to run by age: 1 until maturity, then falling in a line through `aged_drive` at `aged_d`.

    Mice of 24 months run about 0.45 as far as young ones (recalled in `myokine` 2.6; the decline itself was measured).
    """
    fall = (1.0 - aged_drive) * max(0.0, age_d - mature_d) / (aged_d - mature_d)
    return max(0.0, 1.0 - fall)


class Motivation(NamedTuple):
    """Weights of what moves the drive (`myokine` 2.8): flat, all floats."""

    rest: float = 1.0  # w0
    time_d: float = 1.0  # tau_w (d)
    dopamine_gain: float = 0.2  # cD
    dopamine_time_d: float = 7.0  # the rise outlasts a week of rest (d)
    mood_gain: float = 0.0  # cM
    fatigue_gain: float = 0.0  # cF
    depression_gain: float = 0.25  # cP
    neurogenesis_gain: float = 0.0  # 0: ablating neurogenesis left running unchanged
    fitness_gain: float = 0.0  # cE
    stress_gain: float = 0.0  # cS


class DriveState(NamedTuple):
    """The drive to move of one animal."""

    drive: float = 1.0  # Wd, 1 = a young, rested animal
    dopamine: float = 0.0  # slow rise of striatal dopamine release (fraction)


def drive_target(
    p: Motivation,
    dopamine: float,
    *,
    age_factor: float = 1.0,
    circadian: float = 1.0,
    mood: float = 0.0,
    fatigue: float = 0.0,
    depression: float = 0.0,
    neurogenesis: float = 0.0,
    fitness: float = 0.0,
    stress: float = 0.0,
) -> float:
    """Return the drive that is approached, 0 at least.

    w0 C age (1 + cD dDA + cM mood + cN n + cE (E - 1) - cF fatigue - cP dep - cS stress); `fitness` is E - 1.
    """
    push = p.dopamine_gain * dopamine + p.mood_gain * mood + p.neurogenesis_gain * neurogenesis
    push += p.fitness_gain * fitness
    pull = p.fatigue_gain * fatigue + p.depression_gain * depression + p.stress_gain * stress
    return max(0.0, p.rest * circadian * age_factor * (1.0 + push - pull))


def advance_drive(
    p: Motivation, state: DriveState, target: float, bdnf_rise: float, dose_drive: float, dt_d: float
) -> DriveState:
    """Return drive and dopamine after `dt_d`.

    Dopamine approaches (rise of brain BDNF, fraction above rest) x (saturating daily dose, 0..1): 30 days of wheel
    raise evoked dopamine, and not where BDNF is halved (Bastioli et al. 2022). That mice then run more was not shown.
    """
    dopamine = approach(state.dopamine, max(0.0, bdnf_rise) * dose_drive, dt_d, p.dopamine_time_d)
    return DriveState(drive=approach(state.drive, target, dt_d, p.time_d), dopamine=dopamine)


def trainability(gain: float, bdnf_rise: float) -> float:
    """Return the factor of BDNF on how fast training works: 1 at rest, 1 - gain without any, 1 + gain at most.

    Mice with the Met/Met form of BDNF do not raise PGC-1a in muscle when they run (Ieraci et al. 2016). The form,
    (level - 1)/(level + 1), is a choice: that more BDNF than usual trains faster was not shown.

    >>> trainability(0.5, -1.0), trainability(0.5, 0.0), trainability(0.5, 1.0)
    (0.5, 1.0, 1.1666666666666667)
    """
    return 1.0 + gain * bdnf_rise / (2.0 + bdnf_rise)
