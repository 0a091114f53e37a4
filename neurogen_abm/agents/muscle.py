"""The muscle agent: muscle as an endocrine organ, which reads the schedule and sets the blood."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.schedule import PER_MINUTE, Schedule
from neurogen_abm.agents import muscle_state, worked
from neurogen_abm.agents.mind import Mind
from neurogen_abm.agents.muscle_state import NEVER, spliced
from neurogen_abm.agents.shortfall import Shortfall
from neurogen_abm.agents.worked import Moment, Worked
from neurogen_abm.assays.recorder import Body, Feelings
from neurogen_abm.biology import ageing, release
from neurogen_abm.biology import muscle as health
from neurogen_abm.biology import plasma as blood
from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.blood import Blood, advance_steps, resting_state
from neurogen_abm.biology.exerkines import going_on
from neurogen_abm.biology.hippocampus import Store
from neurogen_abm.biology.mood import Day
from neurogen_abm.biology.motivation import trainability
from neurogen_abm.lowering import Physiology
from neurogen_abm.lowering.messengers import next_edge
from neurogen_abm.spec.scenario.feedback import FELT
from neurogen_abm.state import State

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
        self.changed_at = NEVER  # the minute at which circumstances last changed
        self._differs = feedback or schedule.is_set  # whether what is done may differ from the schedule
        self.intensity_of = schedule.intensity.copy() if self._differs else schedule.intensity
        self.distance_of = schedule.distance_m.copy() if self._differs else schedule.distance_m
        self.forced_of = schedule.forced.copy() if self._differs else schedule.forced
        self._short = Shortfall.none(0)
        self._covered_m = np.zeros(len(schedule.distance_m) + 1)  # by the minutes at which steps end
        self.health = health.MuscleState()
        self.minute = 0
        self.mind = Mind(physiology, model, driven=bool(feedback))
        self.volume = 1.0 if physiology.volume is not None else math.nan
        self._first_strength, self._fit_today = self.strength, self.fitness
        self._plan(0, _MINUTES_PER_DAY)
        self.intensity = self.exerkine_rise = self.hippocampal_activity = 0.0
        self.messenger_folds = physiology.messengers_present
        self._store = physiology.homogenate.at_rest(physiology.making(-math.inf, self.messenger_folds))
        self._gain, self._rest = self._release()
        self.state = resting_state(physiology.kinetics, physiology.exerkines, self._rest)
        self.plasma_fold, self.niche_fold = float(self.state[blood.PLASMA]), float(self.state[blood.NICHE])

    def live_on(self, schedule: Schedule, physiology: Physiology) -> None:
        """Follow another schedule and physiology from this minute on; what was done before stays as it was."""
        now = self.minute
        columns: dict[str, Any] = {
            name: spliced(getattr(self.schedule, name), getattr(schedule, name), now) for name in PER_MINUTE
        }
        self.schedule = schedule._replace(**columns)
        self.state, exerkines = going_on(self.state, self.physiology.exerkines, physiology.exerkines)
        self.physiology = replace(physiology, exerkines=exerkines)
        self.intensity_of = spliced(self.intensity_of, self.schedule.intensity, now)
        self.distance_of = spliced(self.distance_of, self.schedule.distance_m, now)
        self.forced_of = spliced(self.forced_of, self.schedule.forced, now)
        self._short = self._short.until(now)
        self._covered_m = spliced(self._covered_m[: now + 1], np.zeros(len(self.distance_of) + 1), now + 1)
        self.changed_at = now
        self._differs = self.feedback or self.schedule.is_set
        self._plan(now, (now // _MINUTES_PER_DAY + 1) * _MINUTES_PER_DAY)
        self._gain, self._rest = self._release()

    def as_state(self) -> State:
        """Return what the body is and has done, as arrays and numbers."""
        return muscle_state.state_of(self)

    def restore(self, state: State) -> None:
        """Be and have done what `as_state` returned, under the schedule and physiology that this body was made with.

        A MisfitError says that it is the state of a body under another schedule.
        """
        muscle_state.restore(self, state)

    def step(self) -> None:
        """Work through the minutes of one model step."""
        self.work(1)

    def steps_alike(self, most: int) -> int:
        """Return how many steps, ``most`` at most, may be taken at once: the day ends, or what is given changes, after.

        Within them nothing but the minutes themselves moves blood, so that one call lives through them all.
        """
        n = self.model.minutes_per_step
        first, today = self.minute, self.minute // _MINUTES_PER_DAY
        changes_h = next_edge((*self.physiology.systemic, *self.physiology.given.spells), first / 60.0)
        for k in range(1, most):
            begun = first + k * n
            if begun // _MINUTES_PER_DAY != today or begun / 60.0 >= changes_h:
                return k
        return most

    def work(self, n_steps: int) -> Worked:
        """Work through the minutes of some model steps, as many as `steps_alike` allows, and return what blood did."""
        p, n, first = self.physiology, self.model.minutes_per_step, self.minute
        if first % _MINUTES_PER_DAY == 0 and first > 0:
            self._pass_a_day(first)
        begun_h = first / 60.0
        lived = advance_steps(
            p.kinetics,
            p.exerkines_at(begun_h),
            self.state,
            self._activity(),
            first,
            n,
            n_steps,
            self._gain,
            self._rest,
            p.infused_plasma(begun_h),
        )
        minutes, levels = list(range(first, first + n * n_steps + 1, n)), p.given.left(begun_h) + lived.rises
        for begun, ended, covered_m in zip(minutes, minutes[1:], lived.covered_m.tolist(), strict=False):
            self._covered_m[ended] = self._covered_m[begun] + covered_m
        done = Worked(minutes, lived, levels, p.given.field_left(begun_h).plasma, self._stored(minutes, lived, levels))
        self._stand(done)
        if p.mood is not None:
            for now in levels:
                self.mind.feel({messenger: self._rise_of(messenger, now) for messenger in FELT})
        return done

    def _stand(self, done: Worked) -> None:
        """Be as at the end of the last of some steps."""
        lived = done.blood
        self.plasma_fold, self.niche_fold = float(lived.plasma[-1]), float(lived.niche[-1])
        self.exerkine_rise, self.hippocampal_activity = float(lived.exerkine_rise[-1]), float(lived.hippocampus[-1])
        self.intensity, self.messenger_folds = float(lived.intensity[-1]), done.levels[-1]
        self._store, self.minute = done.stores[-1], done.minutes[-1]

    def _stored(self, minutes: list[int], lived: Blood, levels: NDArray[np.float64]) -> list[Store]:
        """Return the BDNF that the hippocampus holds at the end of each of some steps."""
        homogenate, stores = self.physiology.homogenate, [self._store]
        if not homogenate.varies:
            return stores * len(levels)
        for first, last, now, activity in zip(minutes, minutes[1:], levels, lived.hippocampus.tolist(), strict=False):
            making = self.physiology.making(first / 60.0, now)
            stores.append(homogenate.after(stores[-1], making, self._movement(slice(first, last)), activity))
        return stores[1:]

    def _activity(self) -> Activity:
        s = self.schedule
        return Activity(self.intensity_of, self.distance_of, s.everyday, self.forced_of, s.passive, s.work)

    def _movement(self, minutes: slice) -> NDArray[np.float64]:
        """Return the movement that the hippocampus meets in minutes of the run, (minutes,)."""
        held = 1.0 - self.schedule.everyday[minutes].astype(np.float64)
        own = self.intensity_of[minutes] - self.schedule.passive[minutes]
        return np.asarray(own - held * self.physiology.kinetics.everyday_intensity, dtype=np.float64)

    def _release(self) -> tuple[float, float]:
        """Return the factor on release and the resting plasma level, over those of a sedentary young adult.

        What training adds was measured in trained against untrained people of the same age, so that the loss of
        capacity with age has no part in it.
        """
        p, trained = self.physiology, self.health.fitness
        gain = release.release_gain_factor(
            self.muscle_mass, p.mass_exponent, trained, p.gain_per_fitness, p.sex_gain, 1.0
        )
        return gain, p.pathway.plasma_present * release.resting_level(trained, p.rest_per_fitness)

    def _pass_a_day(self, minute: int) -> None:
        """Let fitness, muscle mass and drive answer to the day that ends at ``minute``."""
        p = self.physiology
        day = slice(minute - _MINUTES_PER_DAY, minute)
        load = health.training_load(self.training_dose(7), p.training_dose, p.muscle.fitness_max)
        bdnf_rise = self.model.take_niche_rise() if self._thinks else 0.0
        self.health = health.advance_fitness(self._trained_with(bdnf_rise), self.health, load, 1.0)
        # Nobody lifts more than the strength that is left of that with which the run began.
        lifted = np.minimum(self.schedule.resistance[day], self.strength / self._first_strength)
        stimulus = health.resistance_stimulus(float(lifted.sum()), p.resistance_min_per_d)
        unloaded, everyday = (float(column[day].mean()) for column in (self.schedule.unloaded, self.schedule.everyday))
        self.health = health.advance_mass(p.muscle, self.health, stimulus, unloaded, 1.0)
        self.health = health.advance_deconditioning(p.muscle, self.health, 1.0 - everyday, 1.0)
        if p.volume is not None:
            self.volume = p.volume.after_a_day(self.volume, self.model.age_h, float(self.state[blood.ADAPTATION]))
        if self._thinks:
            self._think(minute, 1.0 - everyday, bdnf_rise)
        self._fit_today = self.fitness
        self._plan(minute, minute + _MINUTES_PER_DAY)
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
        """Let mood and drive answer to the day that ends at ``minute``."""
        p, dose = self.physiology, max(0.0, self.state[blood.DOSE])
        day = Day(
            use=dose / (dose + p.kinetics.dose_half),
            load=health.training_load(self.training_dose(1), p.training_dose, p.muscle.fitness_max),
            fitness=self.health.fitness,
            active_h=float((self.intensity_of[minute - _MINUTES_PER_DAY : minute] > 0.0).sum()) / 60.0,
            held=held,
        )
        self.mind.answer(p, day, bdnf_rise)

    def _plan(self, first: int, end: int) -> None:
        """Settle what the animal does from minute ``first`` on, in what is left of the day to ``end``.

        What a scenario asks for of a wheel is what the animal does at its drive when the run starts; of what is set,
        the body does as much as it can.
        """
        if not self._differs:
            return
        day = slice(first, min(end, len(self.intensity_of)))
        intensity, distance_m = self.schedule.driven(day, self.mind.share)
        lacking = self.schedule.beyond(day, self._fit_today)
        short_m = distance_m * np.divide(lacking, intensity, out=np.zeros_like(lacking), where=lacking > 0.0)
        self.intensity_of[day], self.distance_of[day] = intensity - lacking, distance_m - short_m
        self.forced_of[day] = np.minimum(self.schedule.forced[day], self.intensity_of[day])
        self._short = self._short.until(first).followed_by(first, short_m, lacking > 0.0)

    def training_dose(self, days: int) -> float:
        """Return the mean daily dose that trained in the last ``days`` days: km, or minutes of full intensity.

        Activity below the threshold of training does not count.
        """
        p = self.physiology
        span = slice(max(0, self.minute - days * _MINUTES_PER_DAY), self.minute)
        by_distance = p.dose_by_distance  # metres by their work
        dose = self.distance_of[span] * self.schedule.work[span] / 1000.0 if by_distance else self.intensity_of[span]
        return float(dose[self.intensity_of[span] >= p.training_threshold].sum()) / days

    def _rise_of(self, messenger: str, levels: NDArray[np.float64]) -> float:
        names = self.physiology.messengers
        return float(levels[names.index(messenger)]) - 1.0 if messenger in names else 0.0

    def rise_of(self, messenger: str) -> float:
        """Return the mean rise of a messenger over rest in the last step, a fraction; 0 where the run carries none."""
        return self._rise_of(messenger, self.messenger_folds)

    @property
    def niche_folds(self) -> tuple[float, float]:
        """BDNF made in the niche and brought by blood over rest, means of the last step (`Physiology.folds`)."""
        begun_h = (self.minute - self.model.minutes_per_step) / 60.0
        levels = self.niche_fold, self.exerkine_rise, self.hippocampal_activity
        return self.physiology.folds(begun_h, *levels, self.messenger_folds)

    @property
    def now(self) -> Moment:
        """Blood at the end of the last step."""
        return Moment(
            minute=self.minute,
            age_h=self.model.age_h,
            plasma_fold=self.plasma_fold,
            plasma_left=self.physiology.given.field_left((self.minute - self.model.minutes_per_step) / 60.0).plasma,
            hippocampal_activity=self.hippocampal_activity,
            adaptation=float(self.state[blood.ADAPTATION]),
            platelets=float(self.state[blood.PLATELETS]),
            store=self._store,
            niche_rise=self.model.niche_rise,
        )

    def shows(self, moments: list[Moment], intensity: list[float], plasma_pg_ml: list[float]) -> list[Body]:
        """Return the body as the series shows it at ends of steps of this day, given means since the row before each.

        It is asked every hour of a life, hence whatever is the same at all of them is found once.
        """
        p, drive, feelings, short = self.physiology, self.drive, self.feelings, self._short
        minutes = [at.minute for at in moments]
        km = (self._covered_m[minutes] / 1000.0).tolist()
        day_before = (self._covered_m[[max(0, minute - _MINUTES_PER_DAY) for minute in minutes]] / 1000.0).tolist()
        bodies = []
        for at, mean, plasma, now, then in zip(moments, intensity, plasma_pg_ml, km, day_before, strict=True):
            asked, short_min = now + short.metres_until(at.minute) / 1000.0, float(short.minutes_until(at.minute))
            done = mean, now, now - then, *self._powers(at.age_h), asked, short_min
            bdnf = plasma, worked.serum_pg_ml(p, at), worked.hippocampal_protein(p, at)
            bodies.append(Body(*done, drive, *bdnf, worked.hippocampal_messenger(p, at), feelings))
        return bodies

    def _distance_km(self, minute: int) -> float:
        return float(self._covered_m[minute]) / 1000.0

    def _powers(self, age_h: float) -> tuple[float, float, float]:
        """Return fitness, muscle mass and strength at an age on this day."""
        p, age_yr = self.physiology.ageing, age_h / _HOURS_PER_YEAR
        return (
            ageing.fitness_of_age(p, age_yr) * self.health.capacity,
            self.health.mass(ageing.mass_of_age(p, age_yr)),
            self.health.strength(ageing.strength_of_age(p, age_yr)),
        )

    @property
    def distance_km(self) -> float:
        """Distance covered since the start of the run, km."""
        return self._distance_km(self.minute)

    @property
    def distance_km_d(self) -> float:
        """Distance covered in the last 24 h, km."""
        return self.distance_km - self._distance_km(max(0, self.minute - _MINUTES_PER_DAY))

    @property
    def distance_asked_km(self) -> float:
        """Distance that the schedule has asked for since the start of the run, km."""
        return self.distance_km + self._short.metres_until(self.minute) / 1000.0

    @property
    def short_min(self) -> float:
        """Minutes since the start of the run in which the body did less than the schedule asked for."""
        return float(self._short.minutes_until(self.minute))

    @property
    def fitness(self) -> float:
        """Aerobic capacity over that of a sedentary young adult: age, training, and what lack of activity takes."""
        return self._powers(self.model.age_h)[0]

    @property
    def muscle_mass(self) -> float:
        """Muscle mass, 1 young and healthy."""
        return self._powers(self.model.age_h)[1]

    @property
    def strength(self) -> float:
        """Muscle strength, 1 young and healthy."""
        return self._powers(self.model.age_h)[2]

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
        return worked.plasma_pg_ml(self.physiology, self.now)

    @property
    def hippocampal_protein(self) -> float:
        """BDNF protein of the hippocampus now, over rest; read out, never a driver."""
        return worked.hippocampal_protein(self.physiology, self.now)

    @property
    def hippocampal_messenger(self) -> float:
        """Messenger RNA of BDNF in the hippocampus, over rest, mean of the last step; read out, never a driver."""
        return worked.hippocampal_messenger(self.physiology, self.now)

    @property
    def serum_pg_ml(self) -> float:
        """BDNF in serum now, pg/mL; read out, never a driver."""
        return worked.serum_pg_ml(self.physiology, self.now)
