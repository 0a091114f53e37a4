"""Second reading of mouse/physiology.yaml: blood, barrier, niche, muscle, wheel and motivation."""

import math

import pytest
from second_reading import (
    THREE_DIGITS,
    TWO_DIGITS,
    Departure,
    Reading,
    Span,
)

from neurogen_abm.spec.catalogue import load_catalogue

SPECIES = "mouse"

CIRCULATION = [
    Reading("physiology.circulation.plasma_rest", 10.58, "pg/mL", "bdnf_plasma_mouse", "10.58 +/- 2.43"),
    Reading("physiology.circulation.serum_rest", 9.92, "pg/mL", "bdnf_serum_mouse", "9.92 +/- 1.97"),
    Reading("physiology.circulation.release_gain", 1.2, "1", "def_gain_plasma", "A = 1.2, fitted to human data"),
    Reading("physiology.circulation.release_exponent", 1.45, "1", "def_gain_plasma", "n = 1.45"),
    Reading("physiology.circulation.release_on", 5, "min", "def_gain_plasma", "tau_on 5 min"),
    Reading("physiology.circulation.release_off", 24, "min", "def_gain_plasma", "tau_off 24 min"),
    Reading("physiology.circulation.plasma_clearance_half_life", 2, "min", "myokine.md 2.2", "k_a = ln2/2 min"),
    Reading("physiology.circulation.distribution_volume", 1, "mL", "myokine.md 2.2", "mouse 1 mL"),
    Reading("physiology.circulation.trained_acute_gain", 0, "1", "myokine.md 2.2", "b_tr mouse 0"),
    Reading("physiology.circulation.trained_rest_gain", 0, "1", "myokine.md 2.2", "r_tr mouse 0"),
    Reading("physiology.circulation.circadian_amplitude_male", 0, "1", "myokine.md 2.2", "mouse 0"),
    Reading("physiology.circulation.circadian_amplitude_female", 0, "1", "myokine.md 2.2", "mouse 0"),
    Reading("physiology.circulation.circadian_peak_clock", 8, "h", "bdnf_diurnal_men", "peak at 08:00, in men"),
    Reading("physiology.circulation.sex_gain_female", 1, "1", "myokine.md 2.2", "mouse 1"),
    Reading("physiology.circulation.responder_sd", 0.4, "1", "myokine.md 2.2", "SD of ln G, mouse 0.4"),
    Reading("physiology.circulation.muscle_mass_exponent", 0.3, "1", "myokine.md 2.2", "a = 0.3"),
    Reading("physiology.circulation.platelet_cargo", 0, "pg", "bdnf_mk_species", "mouse megakaryocytes express none"),
    Reading("physiology.circulation.platelet_on", 5, "min", "myokine.md 2.2", "tau_s 5/12 min on/off"),
    Reading("physiology.circulation.platelet_off", 12, "min", "myokine.md 2.2", "tau_s 5/12 min on/off"),
    Reading("physiology.circulation.serum_rise", 0, "1", "bdnf_serum_mouse", "serum = plasma, platelets hold none"),
    Reading("physiology.circulation.serum_exponent", 1.2, "1", "def_gain_serum", "dS/S0 = 0.30 I^1.2, in man"),
]

TISSUE = [
    Reading("physiology.barrier.permeability", 1.5e-3, "mL/g/min", "myokine.md 2.3", "PS 1.5e-3 = 2.5e-5 mL/g/s x 60"),
    Reading("physiology.barrier.extracellular_fraction", 0.2, "1", "pk_ecs_alpha", "0.2"),
    Reading("physiology.niche.rest_level", 30, "pg/mL", "myokine.md 2.3", "F0 = 30 pg/mL, chosen"),
    Reading("physiology.niche.degradation_half_life", 10, "min", "myokine.md 2.3", "k_deg = ln2/10 min"),
    Reading("physiology.niche.bulk_clearance", 0.005, "1/min", "myokine.md 2.3", "k_bulk = 0.005 /min"),
    Reading("physiology.niche.diffusion_free", 27.5, "um**2/s", "pk_diff_ngf", "2.75e-7 cm2/s, NGF"),
    Reading("physiology.niche.binding_ratio", 100, "1", "myokine.md 2.4", "kappa 100"),
    Reading("physiology.adaptation.time", 10, "d", "hip_bdnf_3wk", "one slow state with tau 10 d"),
    Reading("physiology.adaptation.half_dose", 0.5, "km/d", "myokine.md 2.3", "D50 0.5 km/d mouse"),
    Reading("physiology.adaptation.gain", 1.05, "1", "myokine.md 2.3", "eta 1.05"),
    Reading("physiology.hippocampal_activity.time_up", 2, "h", "myokine.md 2.3", "tau_m 2 h up"),
    Reading("physiology.hippocampal_activity.time_down", 6, "h", "myokine.md 2.3", "tau_m 6 h down"),
    Reading("physiology.adaptation.primed_threshold", 0.70, "1", "hip_window_butler", "threshold 0.70"),
    Reading("physiology.adaptation.primed_window", 10, "d", "hip_window_butler", "expires 10 d"),
    Reading("physiology.hippocampus.tissue_bdnf", 88, "ng/g", "pk_dg_content", "88 in DG, of the rat"),
    Reading("physiology.hippocampus.turnover_half_life", 10, "h", "pk_brain_protein_thalf", "10 h, an assumption"),
    Reading(
        "physiology.hippocampal_activity.messenger_gain", 3, "1", "mouse_mrna_peak_rasmussen", "3-5 fold: 2 to 4 added"
    ),
    Reading("physiology.exerkines.combiner_exponent", 0.001, "1", "myokine.md 2.5", "p -> 0, default 0.001"),
]

MUSCLE = [
    Reading("physiology.muscle.fitness_max", 1.5, "1", "myokine.md 2.6", "Emax 1.5"),
    Reading("physiology.muscle.detraining_fast_loss", 0.055, "1", "mus_vo2_detrain", "5.5(1-e^-t/7) %, in man"),
    Reading("physiology.muscle.detraining_fast_time", 7, "d", "mus_vo2_detrain", "5.5(1-e^-t/7) %"),
    Reading("physiology.muscle.detraining_slow_loss", 0.11, "1", "mus_vo2_detrain", "11(1-e^-t/35) %"),
    Reading("physiology.muscle.detraining_slow_time", 35, "d", "mus_vo2_detrain", "11(1-e^-t/35) %"),
    Reading("physiology.muscle.hypertrophy_rate", 0.0012, "1/d", "myokine.md 2.6", "0.12 % a day at full load"),
    Reading(
        "physiology.muscle.disuse_mass_loss",
        0.25 / -math.expm1(-14 / 8),
        "1",
        "boot_cast",
        "gastrocnemius up to -25 % in two weeks; time chosen",
        THREE_DIGITS,
    ),
    Reading(
        "physiology.muscle.disuse_strength_loss",
        0.38 / -math.expm1(-14 / 8),
        "1",
        "boot_cast",
        "force -38 % in two weeks; time chosen",
        TWO_DIGITS,
    ),
    Reading(
        "physiology.muscle.ageing_late_onset", 18, "month", "mouse_sarcopenia2021", "8, 14, 18 months pooled", 0.01
    ),
    Reading(
        "physiology.muscle.ageing_strength_loss",
        -math.log(1 - 0.26) / 1.5,
        "1/year",
        "justice2014, supplement",
        "strength score -26 % in old mice, taken as 24 months, 18 of them since maturity",
        TWO_DIGITS,
    ),
    Reading(
        "physiology.muscle.ageing_late_strength_loss_male",
        math.log((1 - 0.26) / (1 - 0.49)) * 3,
        "1/year",
        "justice2014, supplement",
        "-26 % in old and -49 % in the oldest mice, taken as a third of a year later",
        TWO_DIGITS,
    ),
    Reading(
        "physiology.muscle.ageing_late_fitness_loss",
        1 - 7817.32 / 10861.99,
        "1/year",
        "schefer1996",
        "10861.99 mL/kg/h at 12 months, 7817.32 at 24",
        TWO_DIGITS,
    ),
]

WHEEL = [
    Reading("physiology.wheel.max_speed", 117 * 0.36, "m/min", "myokine.md 2.1", "peak 117/min x 0.36 m", TWO_DIGITS),
    Reading("physiology.wheel.metres_per_count", 0.35, "m/count", "myokine.md 2.7", "about 0.35 m, unverified"),
    Reading("physiology.wheel.running_speed", 71 * 0.35, "m/min", "act_bouts_computed; myokine.md 2.7", "71 x 0.35 m"),
    Reading("physiology.wheel.active_rate", 71, "count/min", "act_bouts_computed", "mean of active minutes"),
    Reading("physiology.wheel.bout_shape", 1.17, "1", "act_bouts_computed", "gamma k"),
    Reading("physiology.wheel.bout_scale", 8.7, "min", "act_bouts_computed", "gamma theta"),
    Reading("physiology.wheel.gap_log_mean", 1.26, "1", "act_bouts_computed", "gap lognormal(1.26, 1.41)"),
    Reading("physiology.wheel.gap_log_sd", 1.41, "1", "act_bouts_computed", "gap lognormal(1.26, 1.41)"),
    Reading("physiology.wheel.bouts_per_day", 47.6, "1/d", "act_bouts_computed", "47.6 bouts a day"),
    Reading(
        "physiology.wheel.hourly_share",
        (0.109, 0.115, 0.098, 0.097, 0.098, 0.096, 0.092, 0.084, 0.067, 0.051, 0.036, 0.033),
        "1",
        "act_bouts_computed",
        "share of each hour after lights-off",
    ),
    Reading("physiology.wheel.dark_share", 0.981, "1", "act_bouts_computed", "98.1 % in the dark"),
    Reading(
        "physiology.wheel.active_time_exponent",
        math.log(278 / 481) / math.log(9.8 / 34.4),
        "1",
        "act_bouts_actogrammr",
        "278 min for 9.8k counts; act_bouts_computed: 481 min for 34.4k",
        TWO_DIGITS,
    ),
    Reading("physiology.wheel.fastest_rate", 210, "count/min", "act_bouts_computed", "active-minute rate max 210"),
    Reading("physiology.wheel.day_to_day_cv", 0.23, "1", "act_wheel_daycv", "23.0 % within a mouse"),
    Reading("physiology.wheel.default_distance", 7, "km/d", "myokine.md 2.7", "C57BL/6 7 km a night"),
    Reading("physiology.wheel.female_distance_gain", 1.2, "1", "act_wheel_strains", "females run 20 % farther"),
]

MOTIVATION = [
    Reading("physiology.motivation.dopamine_gain", 0.2, "1", "myokine.md 2.8", "cD 0.2"),
    Reading("physiology.motivation.dopamine_time", 7, "d", "myokine.md 2.8", "slow state tau 7 d"),
    Reading("physiology.motivation.depression_gain", 0.25, "1", "rev_depr_mr", "beta -0.25; cP 0.25"),
    Reading("physiology.motivation.neurogenesis_gain", 0, "1", "rev_ablation_mustroph", "running unchanged: weight 0"),
    Reading("physiology.motivation.aged_drive", 0.45, "1", "myokine.md 2.6", "km at 24 mo about 0.45 of young"),
    Reading("physiology.motivation.aged_drive_age", 24, "month", "act_age_decline", "fraction at 24 mo"),
]

# Of people; the mouse has the names, as every species has.
DEVICES = [
    Reading("physiology.intensity.actigraph_sedentary", 100, "count/min", "PMC5222829", "<=100 counts/min for ST"),
    Reading("physiology.intensity.actigraph_intercept", 1.439008, "1", "activAnalyzer, tests", "1.439008 + 0.000795 n"),
    Reading("physiology.intensity.actigraph_slope", 0.000795, "min/count", "activAnalyzer, tests", "the same"),
    Reading("physiology.intensity.acceleration_sedentary", 45.8, "1", "accelEE, table", "adult GENEActiv wrist, cp"),
    Reading("physiology.intensity.acceleration_intercept", 7.49, "mL/kg/min", "accelEE, table", "GENEActiv wrist"),
    Reading("physiology.intensity.acceleration_slope", 0.0323, "mL/kg/min", "accelEE, table", "GENEActiv wrist"),
]

# Read in abstracts; most of them give a direction, and no figure (WITHOUT_FIGURE).
MOOD = [
    Reading("physiology.mood.anxiety_per_lack", 0, "1", "rev_ablation_meta", "no significant effect on anxiety"),
    Reading("physiology.mood.depression_relief", 0.62, "1", "beh_depression", "-0.62, walking or jogging"),
    Reading("physiology.mood.mood_per_use", 0.57, "1", "Reed & Buck 2009, abstract", "mean corrected effect .57"),
]

READINGS = [*CIRCULATION, *TISSUE, *MUSCLE, *WHEEL, *MOTIVATION, *DEVICES, *MOOD]

RANGES = [
    Span("physiology.circulation.plasma_rest", 8, 13, "pg/mL", "myokine.md 2.2", "8-13; 10.58 +/- 2.43", TWO_DIGITS),
    Span("physiology.circulation.serum_rest", 9.92 - 1.97, 9.92 + 1.97, "pg/mL", "bdnf_serum_mouse", "+/- 1.97"),
    Span("physiology.circulation.release_gain", 0.5, 1.8, "1", "def_gain_plasma", "A 0.5-1.8"),
    Span("physiology.circulation.release_exponent", 1, 2, "1", "def_gain_plasma", "n 1-2"),
    Span("physiology.circulation.release_on", 3, 15, "min", "myokine.md 2.2", "5 (3-15)"),
    Span("physiology.circulation.release_off", 12, 60, "min", "def_gain_plasma", "tau_off 12-60"),
    Span("physiology.circulation.plasma_clearance_half_life", 1, 10, "min", "myokine.md 2.2", "1-10 min alpha"),
    Span("physiology.circulation.distribution_volume", 1, 3, "mL", "myokine.md 2.2", "1 (1-3) mL"),
    Span("physiology.circulation.muscle_mass_exponent", 0, 1, "1", "myokine.md 2.2", "0.3 (0-1)"),
    Span("physiology.barrier.permeability", 1.0e-3, 2.7e-3, "mL/g/min", "pk_bbb_ps_bdnf", "1.0-2.7 uL/g/min"),
    Span("physiology.niche.degradation_half_life", 3, 60, "min", "myokine.md 2.3", "10 (3-60)"),
    Span("physiology.niche.binding_ratio", 3, 1000, "1", "myokine.md 2.4", "100 (3-1000)"),
    Span("physiology.niche.diffusion_free", 27.5 - 2.4, 27.5 + 2.4, "um**2/s", "pk_diff_ngf", "SE 0.24e-7 cm2/s"),
    Span("physiology.adaptation.time", 7, 14, "d", "myokine.md 2.3", "10 d (7-14)"),
    Span("physiology.adaptation.half_dose", 0.1, 1, "km/d", "myokine.md 2.3", "0.5 km/d (0.1-1)"),
    Span("physiology.hippocampus.tissue_bdnf", 18, 88, "ng/g", "pk_dg_content", "CA1 18, DG 88"),
    Span("physiology.hippocampus.turnover_half_life", 3, 24, "h", "pk_brain_protein_thalf", "3-24"),
    Span("physiology.hippocampal_activity.messenger_gain", 2, 4, "1", "myokine.md 2.3", "Gm 3 (2-4)"),
    Span("physiology.exerkines.combiner_exponent", -4, 1, "1", "myokine.md 2.5", "results for p in 1, 0, -4"),
    Span("physiology.muscle.hypertrophy_rate", 0.0012, 0.0017, "1/d", "mus_hypertrophy", "0.12-0.17 % a day"),
    Span("physiology.muscle.hypertrophy_max", 0.20, 0.25, "1", "myokine.md 2.6", "saturates at +20-25 %"),
    Span("physiology.wheel.max_speed", 40, 45, "m/min", "myokine.md 2.1", "40-45 m/min"),
    Span(
        "physiology.wheel.active_rate",
        9.8e3 / 278,
        71,
        "count/min",
        "act_bouts_actogrammr",
        "9.8k counts in 278 min; 71 of act_bouts_computed",
        TWO_DIGITS,
    ),
    Span(
        "physiology.wheel.running_speed",
        35 * 0.35,
        105 * 0.35,
        "m/min",
        "act_bouts_computed; act_bouts_actogrammr",
        "35 counts of the slowest mouse, 90th centile 105",
        TWO_DIGITS,
    ),
    Span("physiology.wheel.bouts_per_day", 45.7, 57.6, "1/d", "act_bouts_actogrammr", "45.7-57.6, a second laboratory"),
    Span("physiology.wheel.dark_share", 0.84, 0.98, "1", "act_bouts_actogrammr", "0.84-0.98", TWO_DIGITS),
    Span("physiology.wheel.day_to_day_cv", 0.23 - 0.108, 0.23 + 0.108, "1", "act_wheel_daycv", "SD 10.8 %"),
    Span("physiology.wheel.default_distance", 4, 12, "km/d", "myokine.md 2.7", "7 km a night (4-12)"),
    Span("physiology.motivation.dopamine_gain", 0, 0.5, "1", "myokine.md 2.8", "0.2 (0-0.5)"),
    Span("physiology.motivation.depression_gain", 0.08, 0.42, "1", "rev_depr_mr", "-0.42 to -0.08"),
    Span("physiology.mood.depression_relief", 0.45, 0.80, "1", "beh_depression", "95 % CrI -0.80 to -0.45"),
    Span("physiology.mood.stress_time", 1, 3, "d", "DeVallance 2017, abstract", "rebounds within 2-3 days"),
    Span("physiology.mood.strain_time", 1, 4, "d", "Carmichael 2005, abstract", "24 and 48 h; runs to 96 h"),
    Span("physiology.mood.depression_time", 7, 14, "d", "Berlin 2006, abstract", "after 1 week, and at 2 weeks"),
    Span("physiology.motivation.aged_drive", 0.4, 0.5, "1", "act_age_decline", "0.4-0.5 of young, recalled"),
]

DEPARTURES = [
    Departure(
        "physiology.adaptation.primed_time",
        2.5,
        "d",
        "myokine.md 2.3",
        "molecular memory is off by default: 10 d, as time",
    ),
]

WITHOUT_FIGURE = {
    "physiology.everyday.intensity": "virtue2012: 26.6 % of expenditure at 30 degrees C; METs and metres bound it",
    "physiology.muscle.disuse_mass_time": "boot_cast: mass is back after three weeks; no course was read",
    "physiology.muscle.disuse_strength_time": "boot_cast: force is back after three weeks; no course was read",
    "physiology.muscle.unloading_disuse": "hls2010: -19 and -26 % at 10 d of two muscles; krause2017 -15 % at 14 d",
    "physiology.muscle.deconditioning_loss": "riedlarsen2017: in man",
    "physiology.muscle.deconditioning_time": "riedlarsen2017: in man",
    "physiology.muscle.ageing_mass_loss_male": "mouse_sarcopenia2021: 8 to 18 months were pooled",
    "physiology.muscle.ageing_mass_loss_female": "as in males",
    "physiology.muscle.ageing_late_mass_loss_male": "mouse_sarcopenia2021: a decline, no sizes",
    "physiology.muscle.ageing_late_mass_loss_female": "mouse_sarcopenia2024: less than in males",
    "physiology.muscle.ageing_late_strength_loss_female": "justice2014: males only",
    "physiology.muscle.ageing_strength_late_onset": "justice2014: the ages of the mice were not read",
    "physiology.muscle.ageing_fitness_late_onset": "schefer1996: age of the younger group",
    "physiology.muscle.fitness_rate": "fitted; myokine.md 2.6 gives the course, +5 % in week 1 and +44 % in 10",
    "physiology.motivation.drive_rest": "myokine.md 2.8 gives the formula and no w0",
    "physiology.motivation.mood_gain": "myokine.md 2.8 gives the formula and no cM",
    "physiology.motivation.fatigue_gain": "myokine.md 2.8 gives the formula and no cF",
    "physiology.motivation.fitness_gain": "Waters 2008, abstract: 471 % endurance, 33 % more distance, between lines",
    "physiology.motivation.stress_gain": "DeVallance 2017, abstract: less running, no figure",
    "physiology.motivation.bdnf_to_muscle": "val66met_ieraci: absent or reduced, no figure",
    "physiology.mood.young_buffer": "Snyder 2011, abstract: slower to recover, more avoidance; no figure",
    "physiology.mood.anxiety_per_miss": "Nishijima 2013, abstract: more anxious than never-runners; no figure",
    "physiology.mood.depression_per_miss": "Berlin 2006, abstract: more negative mood; no figure",
    "physiology.mood.depression_per_kynurenine": "kyn_agudelo: protective, a sign",
}


@pytest.mark.parametrize(("days", "loss"), [(12, 0.077), (56, 0.143), (84, 0.155)])
def test_detraining_meets_the_losses_quoted(days: int, loss: float) -> None:
    """mus_vo2_detrain: the fit gives 7.7, 14.3 and 15.5 % at 12, 56 and 84 d (7, 14 and 16 % were observed)."""
    value = load_catalogue(SPECIES).value
    held = sum(
        value(f"physiology.muscle.detraining_{part}_loss", "1")
        * -math.expm1(-days / value(f"physiology.muscle.detraining_{part}_time", "d"))
        for part in ("fast", "slow")
    )
    assert held == pytest.approx(loss, abs=0.0006)


@pytest.mark.parametrize(
    ("species", "days", "mass", "strength"),
    [("human", 5, 0.035, 0.090), ("human", 14, 0.084, 0.229), ("mouse", 14, 0.25, 0.38)],
)
def test_disuse_meets_the_losses_observed(species: str, days: int, mass: float, strength: float) -> None:
    """mus_disuse_csa: -3.5 and -8.4 % of area, -9.0 and -22.9 % of strength at 5 and 14 d; the fit is within 0.9 %.

    boot_cast: a quarter of the gastrocnemius of mice and 38 % of its force in two weeks.
    """
    value = load_catalogue(species).value
    for part, loss in (("mass", mass), ("strength", strength)):
        time = value(f"physiology.muscle.disuse_{part}_time", "d")
        held = value(f"physiology.muscle.disuse_{part}_loss", "1") * -math.expm1(-days / time)
        assert held == pytest.approx(loss, abs=0.009)


def test_share_of_niche_bdnf_that_comes_from_plasma() -> None:
    """PS P0 / (alpha ((1 + bound) k_deg + k_bulk)) = 1.5e-3 x 10.58 / (0.2 x (101 x 0.0693 + 0.005)) = 0.0113 pg/mL."""
    value = load_catalogue(SPECIES).value
    degraded = math.log(2) / value("physiology.niche.degradation_half_life", "min")
    clearance = (1 + value("physiology.niche.binding_ratio", "1")) * degraded
    clearance += value("physiology.niche.bulk_clearance", "1/min")
    influx = value("physiology.barrier.permeability", "mL/g/min") * value("physiology.circulation.plasma_rest", "pg/mL")
    level = influx / (value("physiology.barrier.extracellular_fraction", "1") * clearance)
    assert level == pytest.approx(0.01133, rel=THREE_DIGITS)
