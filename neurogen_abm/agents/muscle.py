"""The muscle agent: muscle as an endocrine organ, which reads the schedule and sets the blood."""

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.schedule import Schedule
from neurogen_abm.biology import motivation
from neurogen_abm.biology import muscle as health
from neurogen_abm.biology import plasma as blood
from neurogen_abm.biology.activity import Activity
from neurogen_abm.lowering import Physiology

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

_MINUTES_PER_DAY = 1440
_HOURS_PER_YEAR = 8766.0


class MuscleAgent(mesa.Agent):
    """Muscle as an endocrine organ: reads the schedule, works, and sets the level of signals in the blood.

    Blood moves minute by minute; fitness, muscle mass and the drive to move change once a day, so that nothing
    depends on the step.

    Attributes
    ----------
    intensity : float
        Mean fraction of metabolic reserve over the last step.
    plasma_fold, niche_fold : float
        BDNF in plasma, and as the niche sees it, over rest; means of the last step.
    exerkine_rise, hippocampal_activity : float
        Combined rise of the other messengers, and movement-locked activity of the hippocampus; means of the last step.
    minute : int
        Minutes lived since the start of the run.
    """

    def __init__(self, model: "NeurogenesisModel", schedule: Schedule, physiology: Physiology, feedback: bool) -> None:
        super().__init__(model)
        self.unique_id = 0  # ids of cells begin at 1
        self.schedule, self.physiology, self.feedback = schedule, physiology, feedback
        self.intensity_of = schedule.intensity.copy() if feedback else schedule.intensity
        self.distance_of = schedule.distance_m.copy() if feedback else schedule.distance_m
        self._covered_m = np.zeros(len(schedule.distance_m) + 1)  # by the minutes at which steps end
        self.health, self.motivation = health.MuscleState(), motivation.DriveState()
        self.minute = 0
        self._first_drive = 1.0
        if feedback:
            self._first_drive = self._wanted_drive()
            self.motivation = motivation.DriveState(drive=self._first_drive)
        self.intensity = self.exerkine_rise = self.hippocampal_activity = 0.0
        self._rises = np.zeros(len(physiology.messengers))
        self._left = physiology.messengers_present
        self._gain, self._rest = self._release()
        self.state = blood.resting_state(physiology.kinetics, physiology.exerkines, self._rest)
        self.plasma_fold, self.niche_fold = float(self.state[blood.PLASMA]), float(self.state[blood.NICHE])

    def live_on(self, schedule: Schedule, physiology: Physiology) -> None:
        """Follow another schedule and physiology from this minute on; what was done before stays as it was."""
        now = self.minute
        columns: zip[tuple[Any, Any]] = zip(self.schedule, schedule, strict=True)
        self.schedule = Schedule(*(_spliced(old, new, now) for old, new in columns))
        self.physiology = physiology
        self.intensity_of = _spliced(self.intensity_of, self.schedule.intensity, now)
        self.distance_of = _spliced(self.distance_of, self.schedule.distance_m, now)
        self._covered_m = _spliced(self._covered_m[: now + 1], np.zeros(len(self.distance_of) + 1), now + 1)
        if self.feedback:
            self._scale_day(now, (now // _MINUTES_PER_DAY + 1) * _MINUTES_PER_DAY)
        self._gain, self._rest = self._release()

    def step(self) -> None:
        """Work through the minutes of one model step."""
        n = self.model.minutes_per_step
        first, last = self.minute, self.minute + n
        if first % _MINUTES_PER_DAY == 0 and first > 0:
            self._pass_a_day(first)
        self.plasma_fold, self.niche_fold, self.exerkine_rise, self.hippocampal_activity, self.intensity, covered = (
            blood.advance_minutes(
                self.physiology.kinetics,
                self.physiology.exerkines_at(first / 60.0),
                self.state,
                Activity(self.intensity_of, self.distance_of, self.schedule.everyday, self.schedule.forced),
                first,
                n,
                self._gain,
                self._rest,
                self.physiology.infused_plasma(first / 60.0),
                self._rises,
            )
        )
        self._left = self.physiology.given.left(first / 60.0)
        self._covered_m[last] = self._covered_m[first] + covered
        self.minute = last

    def _release(self) -> tuple[float, float]:
        """Return the factor on release and the resting plasma level, over those of a sedentary young adult."""
        p = self.physiology
        gain = blood.release_gain_factor(
            self.muscle_mass, p.mass_exponent, self.fitness, p.gain_per_fitness, p.sex_gain, 1.0
        )
        return gain, p.pathway.plasma_present * blood.resting_level(self.fitness, p.rest_per_fitness)

    def _pass_a_day(self, minute: int) -> None:
        """Let fitness, muscle mass and drive answer to the day that ends at ``minute``."""
        p = self.physiology
        day = slice(minute - _MINUTES_PER_DAY, minute)
        load = health.training_load(self.training_dose(7), p.training_dose, p.muscle.fitness_max)
        self.health = health.advance_fitness(p.muscle, self.health, load, 1.0)
        stimulus = health.resistance_stimulus(float(self.schedule.resistance[day].sum()), p.resistance_min_per_d)
        held = float(self.schedule.immobilised[day].mean())
        self.health = health.advance_mass(p.muscle, self.health, stimulus, held, 1.0)
        if self.feedback:
            self._update_drive(minute)
        self._gain, self._rest = self._release()

    def _update_drive(self, minute: int) -> None:
        """Let the drive to move change, and what the animal chooses to do with it."""
        p = self.physiology
        dose = self.state[blood.DOSE]
        used = dose / (dose + p.kinetics.dose_half)
        self.motivation = motivation.advance_drive(
            p.motivation, self.motivation, self._wanted_drive(), self.model.take_niche_rise(), used, 1.0
        )
        self._scale_day(minute)

    def _wanted_drive(self) -> float:
        """Return the drive that the animal approaches at its age and with its dopamine."""
        p = self.physiology
        age_factor = motivation.drive_of_age(self.model.age_h, p.mature_age_h, p.aged_drive_age_h, p.aged_drive)
        return motivation.drive_target(p.motivation, self.motivation.dopamine, age_factor=age_factor)

    def _scale_day(self, minute: int, end: int | None = None) -> None:
        """Let the animal choose by its drive in the day that begins at ``minute``, or what is left of it to ``end``.

        What a scenario asks for is what the animal does at its drive when the run starts.
        """
        day = slice(minute, minute + _MINUTES_PER_DAY if end is None else end)
        drive = self.drive / self._first_drive if self._first_drive > 0.0 else 1.0
        self.intensity_of[day], self.distance_of[day] = self.schedule.driven(day, drive)

    def training_dose(self, days: int) -> float:
        """Return the mean daily dose that trained in the last ``days`` days: km, or minutes of full intensity.

        Activity below the threshold of training does not count.
        """
        p = self.physiology
        span = slice(max(0, self.minute - days * _MINUTES_PER_DAY), self.minute)
        dose = self.distance_of[span] / 1000.0 if p.dose_by_distance else self.intensity_of[span]
        return float(dose[self.intensity_of[span] >= p.training_threshold].sum()) / days

    @property
    def messenger_folds(self) -> NDArray[np.float64]:
        """Levels of the messengers in blood over rest, means of the last step, in the order of the physiology."""
        return self._left + self._rises

    def rise_of(self, messenger: str) -> float:
        """Return the mean rise of a messenger over rest in the last step, a fraction; 0 where the run carries none."""
        names = self.physiology.messengers
        return float(self.messenger_folds[names.index(messenger)]) - 1.0 if messenger in names else 0.0

    @property
    def niche_folds(self) -> tuple[float, float]:
        """BDNF made in the niche and brought by blood over rest, means of the last step (`Physiology.folds`)."""
        begun_h = (self.minute - self.model.minutes_per_step) / 60.0
        levels = self.niche_fold, self.exerkine_rise, self.hippocampal_activity
        return self.physiology.folds(begun_h, *levels, self.messenger_folds)

    @property
    def distance_km(self) -> float:
        """Distance covered since the start of the run, km."""
        return float(self._covered_m[self.minute]) / 1000.0

    @property
    def distance_km_d(self) -> float:
        """Distance covered in the last 24 h, km."""
        return self.distance_km - float(self._covered_m[max(0, self.minute - _MINUTES_PER_DAY)]) / 1000.0

    @property
    def fitness(self) -> float:
        """Aerobic fitness, 1 sedentary."""
        return self.health.fitness

    @property
    def muscle_mass(self) -> float:
        """Muscle mass, 1 young and healthy."""
        p = self.physiology
        years = [h / _HOURS_PER_YEAR for h in (self.model.age_h, p.mature_age_h, p.late_age_h)]
        aged = health.mass_of_age(years[0], years[1], p.mass_loss_per_yr, years[2], p.late_mass_loss_per_yr)
        return self.health.mass(aged)

    @property
    def drive(self) -> float:
        """Drive to move, 1 in a young, rested animal."""
        return self.motivation.drive

    @property
    def plasma_pg_ml(self) -> float:
        """BDNF in plasma, mean of the last step, pg/mL."""
        left = self.physiology.given.field_left((self.minute - self.model.minutes_per_step) / 60.0).plasma
        return self.plasma_fold * left * self.physiology.plasma_rest_pg_ml

    @property
    def serum_pg_ml(self) -> float:
        """BDNF in serum now, pg/mL; read out, never a driver."""
        p = self.physiology
        return float(
            blood.serum_pg_ml(
                self.plasma_pg_ml, self.state[blood.PLATELETS], p.platelets_per_ul, p.cargo_pg_per_1000, p.serum_rise
            )
        )


def _spliced(before: NDArray[Any], after: NDArray[Any], now: int) -> NDArray[Any]:
    """Return ``before`` up to ``now``, and ``after`` from then on."""
    return np.concatenate([before[:now], after[now:]])
