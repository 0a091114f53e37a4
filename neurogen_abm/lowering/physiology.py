"""Lowering of the muscle side: schedule, blood, messengers, fitness, and the pathway that reaches the niche."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.capacity import read_ageing, refuse_excesses
from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.activity.schedule import Schedule, build_schedule
from neurogen_abm.biology import hazards
from neurogen_abm.biology.ageing import Ageing, Waning
from neurogen_abm.biology.blood import resting_day, resting_state
from neurogen_abm.biology.exerkines import Exerkines, minute_factors
from neurogen_abm.biology.hippocampus import Central, Homogenate, Making, Volume, share_outside
from neurogen_abm.biology.mood import Mood
from neurogen_abm.biology.motivation import Motivation
from neurogen_abm.biology.muscle import Muscle
from neurogen_abm.biology.niche import Pathway
from neurogen_abm.biology.plasma import Floats, Kinetics, kinetics
from neurogen_abm.lowering.messengers import (
    Given,
    Production,
    Spell,
    combiner_exponent,
    infused_rises,
    infusions,
    lower_messengers,
    lower_production,
    messenger_names,
    rise_of_field,
    stress_axis,
    total,
    with_half_genes,
)
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.tissue import decay_per_s
from neurogen_abm.spec.scenario.activity import Still
from neurogen_abm.spec.scenario.check_assays import VOLUME_PATH
from neurogen_abm.spec.scenario.feedback import ARMS
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_MOOD_TIMES = ("stress_time", "habit_time", "strain_time", "weariness_time", "depression_time")
_MOOD_GAINS = tuple(name for name in Mood._fields if not name.endswith(("_d", "_h")))
_MINUTES_PER_HOUR = 60.0
_SECONDS_PER_MINUTE = 60.0

Folds: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Physiology:
    """Everything the muscle agent needs; rates in the units their names say."""

    kinetics: Kinetics
    messengers: tuple[str, ...]  # names, in the order of ``exerkines``
    exerkines: Exerkines
    messengers_present: NDArray[np.float64]  # 1, or 0 where one is missing from blood
    muscle: Muscle
    motivation: Motivation  # gains are 0 where the arm does not act
    mood: Mood | None  # None where nobody asks for it
    bdnf_to_muscle: float  # 0 where the arm does not act
    pathway: Pathway
    homogenate: Homogenate
    central: Central
    volume: Volume | None  # None where no volume of the species is in the catalogue
    plasma_rest_pg_ml: float
    platelets_per_ul: float
    cargo_pg_per_1000: float
    serum_rise: float
    mass_exponent: float
    gain_per_fitness: float
    rest_per_fitness: float
    sex_gain: float
    dose_by_distance: bool  # daily dose in km; else in minutes of full intensity
    training_dose: float  # of that unit per day
    training_threshold: float  # intensity below which activity trains nobody
    resistance_min_per_d: float
    mature_age_h: float
    ageing: Ageing
    start_age_h: float
    niche_waning: Waning  # of the level of the niche at rest
    aged_drive: float
    aged_drive_age_h: float
    systemic: tuple[Spell, ...]
    niche: tuple[Spell, ...]
    production: tuple[Production, ...]
    given: Given

    def history(self, n_steps: int, minutes_per_step: int) -> Floats:
        """Return `Pathway.folds` of the last steps before the run, lived without a movement, (steps, 2)."""
        rest, usual = self.pathway.plasma_present, self.messengers_present
        state = resting_state(self.kinetics, self.exerkines, rest)
        day = resting_day(self.kinetics, self.exerkines, state, rest, minutes_per_step)
        none, always = np.zeros(len(day)), np.full(len(day), -math.inf)
        folds = self.folds_of_steps(always, day, none, none, np.tile(usual, (len(day), 1)))
        steps = np.arange(-n_steps, 0)
        waned = self._waned(steps * minutes_per_step / _MINUTES_PER_HOUR)
        return np.column_stack([fold[steps % len(day)] * waned for fold in folds])

    def waned(self, time_h: float) -> float:
        """Return the level of the niche at rest at a time, over that of the young."""
        return self.niche_waning.left(self.start_age_h + time_h)

    def _waned(self, times_h: Floats) -> Floats | float:
        return np.array([self.waned(t) for t in times_h.tolist()]) if self.niche_waning.aged_share != 1.0 else 1.0

    def folds(self, time_h: float, plasma: float, exerkine_rise: float, activity: float, blood: Floats) -> Folds:
        """Return `Pathway.folds` in a step that begins at a time; as `folds_of_steps`."""
        a, b, c, d = (np.array([value]) for value in (time_h, plasma, exerkine_rise, activity))
        local, vascular = self.folds_of_steps(a, b, c, d, blood[None])
        return float(local[0]), float(vascular[0])

    def folds_of_steps(
        self, times_h: Floats, plasma: Floats, exerkine_rise: Floats, activity: Floats, blood: Floats
    ) -> tuple[Floats, Floats]:
        """Return `Pathway.folds` as messengers in blood, what is neutralised, and age leave them.

        Arrays of shape (steps,): when the steps begin, between which nothing given changes (`next_edge`), and means
        of plasma, exerkines and hippocampal activity. ``blood`` are the messengers over rest, (steps, messengers).
        """
        left, waned = self.given.field_left(times_h[0]), self._waned(times_h)
        local, vascular = self.pathway.folds(plasma, exerkine_rise, left.activity * activity)
        pace = np.array([self._pace(levels) for levels in blood]) if self.production else 1.0
        return local * pace * left.niche * waned, vascular * left.plasma * waned

    def _pace(self, blood: Floats) -> float:
        """Return the pace at which the tissue makes BDNF over that at rest, as messengers in blood have it."""
        pace = 1.0
        for effect in self.production:
            shift = hazards.receptor_shift(blood[effect.messenger], effect.half_max_fold, effect.hill)
            pace *= hazards.effect_factor(shift, effect.towards)
        return float(pace)

    def making(self, time_h: float, blood: Floats) -> Making:
        """Return how the tissue makes BDNF at a time, with messengers at such levels over rest, (messengers,)."""
        activity = self.given.field_left(time_h).activity
        return Making(self.central.left(activity, self.given.left(time_h)), self._pace(blood))

    def exerkines_at(self, time_h: float) -> Exerkines:
        """Return the messengers as infusions and neutralisation leave them at a time."""
        return self.given.at(self.exerkines, time_h)

    def infused_plasma(self, time_h: float) -> float:
        """Return what systemic infusions add to plasma at a time, in folds of rest."""
        return total(self.systemic, time_h)

    def infused_niche(self, time_h: float) -> float:
        """Return what infusions into the niche add at a time, pg/mL."""
        return total(self.niche, time_h)


def lower_schedule(resolved: ResolvedScenario, read: ParameterReader) -> Schedule:
    """Return the activity of the run, minute by minute; a strict schedule that the body cannot do is refused."""
    if resolved.scenario.strict_schedule:
        refuse_excesses(resolved.scenario, read)
    return build_schedule(resolved.scenario, read, resolved.base_dir)


def _missing(scenario: Scenario, signal: str) -> bool:
    """Say whether a signal is knocked out altogether and for life."""
    return any(k.is_for_life and k.kind == "signal" and k.signal == signal for k in scenario.knock_outs)


def _pathway(resolved: ResolvedScenario, read: ParameterReader, signal: str) -> Pathway:
    scenario = resolved.scenario
    name = scenario.pathway
    weights = resolved.catalogue.pathways[name]["weights"]
    gone = {k.source for k in scenario.knock_outs if k.is_for_life and k.kind == "source" and k.signal == signal}
    if _missing(scenario, signal):
        gone = {"plasma", "niche"}
    return Pathway(
        circulating=float(weights["circulating"]),
        induced=_gain(read, name, "induced", weights),
        activity=0.0 if _missing(scenario, "hippocampal_activity") else _gain(read, name, "activity", weights),
        plasma_present=0.0 if "plasma" in gone else 1.0,
        niche_present=0.0 if "niche" in gone else 1.0,
    )


def _gain(read: ParameterReader, pathway: str, route: str, weights: Mapping[str, float]) -> float:
    """Return weight times gain of a route; the gain of a route without weight is not read, so it is not cited."""
    weight = float(weights[route])
    return weight * float(read(f"pathways.{pathway}.{route}_gain", "1")) if weight else 0.0


def _blood(resolved: ResolvedScenario, read: ParameterReader, by_distance: bool) -> Kinetics:
    c = "physiology.circulation"
    return kinetics(
        release_gain=read(f"{c}.release_gain", "1"),
        release_exponent=read(f"{c}.release_exponent", "1"),
        tau_on_min=read(f"{c}.release_on", "min"),
        tau_off_min=read(f"{c}.release_off", "min"),
        plasma_rate_per_min=math.log(2.0) / read(f"{c}.plasma_clearance_half_life", "min"),
        niche_rate_per_min=_SECONDS_PER_MINUTE * decay_per_s(read),
        dose_per_m=1e-3 if by_distance else 0.0,
        dose_per_intensity_min=0.0 if by_distance else 1.0,
        **_everyday(resolved, read, by_distance),
        **_rhythm(resolved, read),
        **_platelets(read),
        **_routes(resolved, read, by_distance),
        stress_axis=stress_axis(resolved, read, "km/d" if by_distance else "min/d"),
    )


def _everyday(resolved: ResolvedScenario, read: ParameterReader, by_distance: bool) -> dict[str, float]:
    """Read what everyday activity adds to rest; where nothing takes it away it is not read, so that it is not cited."""
    if not any(isinstance(block, Still) for block in resolved.scenario.activity):
        return {}
    e = "physiology.everyday"
    found = {"everyday_intensity": read(f"{e}.intensity", "1")}
    if messenger_names(resolved) or _needs_dose(resolved):
        found["everyday_dose"] = read(f"{e}.dose", "km/d" if by_distance else "min/d")
    return found


def _rhythm(resolved: ResolvedScenario, read: ParameterReader) -> dict[str, float]:
    """Read the daily rhythm of plasma; where there is none, its hour is not read, so that it is not cited."""
    amplitude = read(f"physiology.circulation.circadian_amplitude_{resolved.scenario.sex}", "1")
    if amplitude == 0.0:
        return {}
    peak_min = read("physiology.circulation.circadian_peak_clock", "h") * _MINUTES_PER_HOUR
    return {
        "circadian_amplitude": amplitude,
        "circadian_peak_min": peak_min - run_clock(resolved.scenario, resolved.base_dir).start_min,
    }


def _platelets(read: ParameterReader) -> dict[str, float]:
    """Read how platelets answer to exercise; those without BDNF are left out."""
    c = "physiology.circulation"
    if read(f"{c}.platelet_cargo", "pg") == 0.0:
        return {}
    times = {f"platelets_{way}_min": read(f"{c}.platelet_{way}", "min") for way in ("on", "off")}
    return {**times, "platelets_exponent": read(f"{c}.serum_exponent", "1")}


def _routes(resolved: ResolvedScenario, read: ParameterReader, by_distance: bool) -> dict[str, float]:
    """Read what only some pathways use; a parameter that cannot matter is not read, so that it is not cited."""
    weights = resolved.catalogue.pathways[resolved.scenario.pathway]["weights"]
    found: dict[str, float] = {}
    if _makes_more(resolved):
        found["hippocampus_up_min"] = read("physiology.hippocampal_activity.time_up", "min")
        found["hippocampus_down_min"] = read("physiology.hippocampal_activity.time_down", "min")
    if weights["induced"]:
        found["combiner_p"] = combiner_exponent(resolved, read)
    if _makes_more(resolved):
        found |= _adaptation(read)
    if messenger_names(resolved) or _needs_dose(resolved):
        found["dose_half"] = read("physiology.adaptation.half_dose", "km/d" if by_distance else "min/d")
    return found


def _makes_more(resolved: ResolvedScenario) -> bool:
    """Say whether the pathway lets exercise raise what the tissue itself makes."""
    weights = resolved.catalogue.pathways[resolved.scenario.pathway]["weights"]
    return bool(weights["induced"] or weights["activity"])


def _needs_dose(resolved: ResolvedScenario) -> bool:
    """Say whether anything besides messengers answers to the daily dose."""
    scenario = resolved.scenario
    return bool(scenario.feedback or scenario.follows_mood or _makes_more(resolved) or has_volume(resolved))


def has_volume(resolved: ResolvedScenario) -> bool:
    """Say whether the catalogue knows how the hippocampus of the species shrinks with age."""
    return VOLUME_PATH in resolved.parameters


def _adaptation(read: ParameterReader) -> dict[str, float]:
    """Read the slow adaptation of what neurons make; without molecular memory its numbers are not read."""
    a = "physiology.adaptation"
    slow, primed = read(f"{a}.time", "min"), read(f"{a}.primed_time", "min")
    found = {"adaptation_min": slow}
    if primed == slow:
        return found
    memory = {
        "primed_adaptation_min": primed,
        "primed_threshold": read(f"{a}.primed_threshold", "1"),
        "primed_min": read(f"{a}.primed_window", "min"),
    }
    return found | memory


def _homogenate(
    resolved: ResolvedScenario, read: ParameterReader, pathway: Pathway, given: Given, *, varies: bool
) -> Homogenate:
    """Read what an assay of the whole hippocampus would find.

    A signal of which a share is missing for life is made by so much less; later it is neutralised, and made as before.
    """
    made = pathway.niche_present * given.field_left(-math.inf).niche
    outside = share_outside(
        read("physiology.barrier.extracellular_fraction", "1"),
        read("physiology.niche.binding_ratio", "1"),
        read("physiology.niche.rest_level", "pg/mL"),
        read("physiology.hippocampus.tissue_bdnf", "ng/g"),
    )
    bare = Homogenate(made=made, outside=outside)
    if varies:
        up, down = (minute_factors(read(f"physiology.hippocampal_activity.time_{w}", "min"))[0] for w in ("up", "down"))
        turnover_h = read("physiology.hippocampus.turnover_half_life", "h") / math.log(2.0)
        bare = bare._replace(turnover_h=turnover_h, message_up=up, message_down=down)
    if not _makes_more(resolved):
        return bare
    return bare._replace(
        gain=read("physiology.adaptation.gain", "1"),
        messenger_gain=read("physiology.hippocampal_activity.messenger_gain", "1"),
    )


def _central(resolved: ResolvedScenario, messengers: Exerkines, read: ParameterReader) -> Central:
    """Read the share of the hypothesis in which the tissue makes more, by route."""
    scenario = resolved.scenario
    weights = resolved.catalogue.pathways[scenario.pathway]["weights"]
    activity = 0.0 if _missing(scenario, "hippocampal_activity") else float(weights["activity"])
    if not weights["induced"]:
        return Central(activity)
    names = messenger_names(resolved)
    return Central(
        activity,
        float(weights["induced"]),
        np.array([read(f"signals.{name}.size", "1") for name in names]),
        messengers.weight,
        combiner_exponent(resolved, read),
    )


def _volume(resolved: ResolvedScenario, read: ParameterReader) -> Volume | None:
    """Read how the hippocampus shrinks with age and what training holds against it; None where nothing is known."""
    if not has_volume(resolved):
        return None
    v = "physiology.volume"
    return Volume(
        atrophy_young=read(f"{v}.atrophy_young", "1/year"),
        atrophy_middle=read(f"{v}.atrophy_middle", "1/year"),
        atrophy_old=read(f"{v}.atrophy_old", "1/year"),
        middle_age_h=read(f"{v}.middle_age", "h"),
        old_age_h=read(f"{v}.old_age", "h"),
        gain=read(f"{v}.gain", "1/year"),
    )


def _waning(resolved: ResolvedScenario, read: ParameterReader) -> Waning:
    """Read how the level of the niche at rest falls with age; off, the catalogue has no such numbers."""
    n = "physiology.niche"
    if f"{n}.aged_share" not in resolved.parameters:
        return Waning()
    return Waning(read(f"{n}.aged_share", "1"), read(f"{n}.waning_age", "h"), read(f"{n}.waning_time", "h"))


def _muscle(read: ParameterReader) -> Muscle:
    m = "physiology.muscle"
    return Muscle(
        fitness_rate_per_d=read(f"{m}.fitness_rate", "1/d"),
        fitness_max=read(f"{m}.fitness_max", "1"),
        fast_loss=read(f"{m}.detraining_fast_loss", "1"),
        slow_loss=read(f"{m}.detraining_slow_loss", "1"),
        fast_time_d=read(f"{m}.detraining_fast_time", "d"),
        slow_time_d=read(f"{m}.detraining_slow_time", "d"),
        growth_rate_per_d=read(f"{m}.hypertrophy_rate", "1/d"),
        growth_max=read(f"{m}.hypertrophy_max", "1"),
        growth_loss_time_d=read(f"{m}.detraining_slow_time", "d"),
        disuse_loss=read(f"{m}.disuse_mass_loss", "1"),
        disuse_time_d=read(f"{m}.disuse_mass_time", "d"),
        strength_rate_per_d=read(f"{m}.strength_rate", "1/d"),
        strength_max=read(f"{m}.strength_max", "1"),
        disuse_strength_loss=read(f"{m}.disuse_strength_loss", "1"),
        disuse_strength_time_d=read(f"{m}.disuse_strength_time", "d"),
        deconditioning_loss=read(f"{m}.deconditioning_loss", "1"),
        deconditioning_time_d=read(f"{m}.deconditioning_time", "d"),
    )


def _motivation(read: ParameterReader, scenario: Scenario) -> Motivation:
    """Read the drive to move; an arm that does not act has no gain, and its gain is not read, so that it is not cited.

    Dopamine is followed in every animal whose drive or mood is, so that it can be written down.
    """
    m = "physiology.motivation"
    if not scenario.feedback and not scenario.follows_mood:
        return Motivation()
    added = (name.removesuffix("_gain") for name in Motivation._fields if name.endswith("_gain"))
    gains = {f"{arm}_gain": read(ARMS[arm].gain, "1") if arm in scenario.arms else 0.0 for arm in added}
    rest = {"rest": read(f"{m}.drive_rest", "1"), "time_d": read(f"{m}.drive_time", "d")} if scenario.feedback else {}
    return Motivation(dopamine_time_d=read(f"{m}.dopamine_time", "d"), **gains, **rest)


def _mood(read: ParameterReader, scenario: Scenario) -> Mood | None:
    """Read the hypotheses of mood, where somebody asks for them."""
    if not scenario.follows_mood:
        return None
    times = {f"{name}_d": read(f"physiology.mood.{name}", "d") for name in _MOOD_TIMES}
    gains = {name: read(f"physiology.mood.{name}", "1") for name in _MOOD_GAINS}
    return Mood(sleep_h=read("physiology.mood.sleep", "h"), **times, **gains)


def lower_physiology(resolved: ResolvedScenario, read: ParameterReader, signal: str) -> Physiology:
    """Return the physiology of the animal of a resolved scenario."""
    scenario = resolved.scenario
    c, m = "physiology.circulation", "physiology.muscle"
    by_distance = "km" in resolved.parameters["physiology.adaptation.half_dose"].unit
    names = messenger_names(resolved)
    given = Given(with_half_genes(scenario, read), signal, names, infused_rises(resolved, read, names))
    cargo_pg = read(f"{c}.platelet_cargo", "pg")
    clearance = math.log(2.0) / read(f"{c}.plasma_clearance_half_life", "min")
    messengers, pathway = lower_messengers(resolved, read, names), _pathway(resolved, read, signal)
    production = lower_production(resolved, read, names)
    passing = any(not k.is_for_life for k in scenario.knock_outs)
    return Physiology(
        kinetics=_blood(resolved, read, by_distance),
        messengers=names,
        exerkines=messengers,
        messengers_present=given.left(-math.inf),
        muscle=_muscle(read),
        motivation=_motivation(read, scenario),
        mood=_mood(read, scenario),
        bdnf_to_muscle=read(ARMS["bdnf_to_muscle"].gain, "1") if "bdnf_to_muscle" in scenario.arms else 0.0,
        pathway=pathway,
        homogenate=_homogenate(resolved, read, pathway, given, varies=passing or bool(production)),
        central=_central(resolved, messengers, read),
        volume=_volume(resolved, read),
        plasma_rest_pg_ml=read(f"{c}.plasma_rest", "pg/mL"),
        platelets_per_ul=read(f"{c}.platelet_count", "1/uL"),
        cargo_pg_per_1000=1000.0 * cargo_pg,
        serum_rise=read(f"{c}.serum_rise", "1") if cargo_pg else 0.0,
        mass_exponent=read(f"{c}.muscle_mass_exponent", "1"),
        gain_per_fitness=read(f"{c}.trained_acute_gain", "1"),
        rest_per_fitness=read(f"{c}.trained_rest_gain", "1"),
        sex_gain=read(f"{c}.sex_gain_female", "1") if scenario.sex == "female" else 1.0,
        dose_by_distance=by_distance,
        training_dose=read(f"{m}.training_dose", "km/d" if by_distance else "min/d"),
        training_threshold=read(f"{m}.training_threshold", "1"),
        resistance_min_per_d=read(f"{m}.resistance_dose", "min/d"),
        mature_age_h=read(f"{m}.mature_age", "h"),
        ageing=read_ageing(read, scenario.sex),
        start_age_h=scenario.age_h,
        niche_waning=_waning(resolved, read),
        aged_drive=read("physiology.motivation.aged_drive", "1") if "age" in scenario.arms else 1.0,
        aged_drive_age_h=read("physiology.motivation.aged_drive_age", "h") if "age" in scenario.arms else math.inf,
        systemic=infusions(scenario, "systemic", signal, rise_of_field(read, clearance)),
        niche=infusions(scenario, "niche", signal),
        production=production,
        given=given,
    )
