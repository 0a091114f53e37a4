"""The muscle agent: muscle as an endocrine organ, which reads the schedule and sets the blood."""

import math
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.schedule import PER_MINUTE, Schedule
from neurogen_abm.agents.mind import Mind
from neurogen_abm.assays.recorder import Feelings
from neurogen_abm.biology import muscle as health
from neurogen_abm.biology import plasma as blood
from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.mood import Day
from neurogen_abm.biology.motivation import trainability
from neurogen_abm.lowering import Physiology
from neurogen_abm.spec.scenario.feedback import FELT

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
    volume : float
        Volume of the hippocampus over that at the start; NaN where the catalogue knows none of the species.
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
        self.health = health.MuscleState()
        self.minute = 0
        self.mind = Mind(physiology, model, driven=bool(feedback))
        self.volume = 1.0 if physiology.volume is not None else math.nan
        self.intensity = self.exerkine_rise = self.hippocampal_activity = 0.0
        self._rises = np.zeros(len(physiology.messengers))
        self._gain, self._rest = self._release()
        self.state = blood.resting_state(physiology.kinetics, physiology.exerkines, self._rest)
        self.plasma_fold, self.niche_fold = float(self.state[blood.PLASMA]), float(self.state[blood.NICHE])

    def live_on(self, schedule: Schedule, physiology: Physiology) -> None:
        """Follow another schedule and physiology from this minute on; what was done before stays as it was."""
        now = self.minute
        columns: dict[str, Any] = {
            name: _spliced(getattr(self.schedule, name), getattr(schedule, name), now) for name in PER_MINUTE
        }
        self.schedule = schedule._replace(**columns)
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
                self.physiology.exerkines,
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
        self._covered_m[last] = self._covered_m[first] + covered
        self.minute = last
        if self.physiology.mood is not None:
            self.mind.feel({messenger: self.rise_of(messenger) for messenger in FELT})

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
        bdnf_rise = self.model.take_niche_rise() if self._thinks else 0.0
        self.health = health.advance_fitness(self._trained_with(bdnf_rise), self.health, load, 1.0)
        stimulus = health.resistance_stimulus(float(self.schedule.resistance[day].sum()), p.resistance_min_per_d)
        held = float(self.schedule.immobilised[day].mean())
        self.health = health.advance_mass(p.muscle, self.health, stimulus, held, 1.0)
        if p.volume is not None:
            self.volume = p.volume.after_a_day(self.volume, self.model.age_h, float(self.state[blood.ADAPTATION]))
        if self._thinks:
            self._think(minute, held, bdnf_rise)
        self._gain, self._rest = self._release()

    @property
    def _thinks(self) -> bool:
        """Whether anybody asks for mood or drive."""
        return bool(self.feedback) or self.physiology.mood is not None

    def _trained_with(self, bdnf_rise: float) -> health.Muscle:
        """Return the parameters of muscle as BDNF, so far above rest, lets it train."""
        p = self.physiology
        if p.bdnf_to_muscle == 0.0:
            return p.muscle
        rate = p.muscle.fitness_rate_per_d * trainability(p.bdnf_to_muscle, bdnf_rise)
        return p.muscle._replace(fitness_rate_per_d=rate)

    def _think(self, minute: int, held: float, bdnf_rise: float) -> None:
        """Let mood and drive answer to the day that ends at ``minute``, and what the animal chooses to do with it."""
        p, dose = self.physiology, max(0.0, self.state[blood.DOSE])
        day = Day(
            use=dose / (dose + p.kinetics.dose_half),
            load=health.training_load(self.training_dose(1), p.training_dose, p.muscle.fitness_max),
            fitness=self.health.fitness,
            active_h=float((self.intensity_of[minute - _MINUTES_PER_DAY : minute] > 0.0).sum()) / 60.0,
            held=held,
        )
        self.mind.answer(p, day, bdnf_rise)
        if self.feedback:
            self._scale_day(minute)

    def _scale_day(self, minute: int, end: int | None = None) -> None:
        """Let the animal choose by its drive in the day that begins at ``minute``, or what is left of it to ``end``.

        What a scenario asks for is what the animal does at its drive when the run starts.
        """
        day = slice(minute, minute + _MINUTES_PER_DAY if end is None else end)
        self.intensity_of[day], self.distance_of[day] = self.schedule.driven(day, self.mind.share)

    def rise_of(self, messenger: str) -> float:
        """Return the rise of a messenger in blood over rest, mean of the last step, a fraction; 0 where not carried."""
        names = self.physiology.messengers
        return float(self.messenger_folds[names.index(messenger)]) - 1.0 if messenger in names else 0.0

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
        return self.physiology.messengers_present * (1.0 + self._rises)

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
    def feelings(self) -> Feelings:
        """Dopamine, and mood with what belongs to it; missing where nobody asks for them."""
        if not self._thinks:
            return Feelings()
        dopamine, mood = self.mind.motivation.dopamine, self.mind.mood
        if self.physiology.mood is None:
            return Feelings(dopamine=dopamine)
        return Feelings(dopamine, mood.mood, mood.anxiety, mood.fatigue, mood.depression, mood.stress)

    @property
    def drive(self) -> float:
        """Drive to move, 1 in a young, rested animal."""
        return self.mind.motivation.drive

    @property
    def plasma_pg_ml(self) -> float:
        """BDNF in plasma, mean of the last step, pg/mL."""
        return self.plasma_fold * self.physiology.plasma_rest_pg_ml

    @property
    def hippocampal_protein(self) -> float:
        """BDNF protein of the hippocampus now, over rest; read out, never a driver."""
        return self.physiology.homogenate.protein(float(self.state[blood.ADAPTATION]), self.model.niche_rise)

    @property
    def hippocampal_messenger(self) -> float:
        """Messenger RNA of BDNF in the hippocampus, over rest, mean of the last step; read out, never a driver."""
        return self.physiology.homogenate.messenger(self.hippocampal_activity)

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
