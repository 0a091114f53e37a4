"""Second reading of the human catalogue, where it cites figures of its own."""

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

SPECIES = "human"

READINGS = [
    Reading("anatomy.granule_cells", 15e6, "cells", "anat_gc_human", "15 million per hippocampus"),
    Reading("anatomy.granule_cells_published", 15e6, "cells", "anat_gc_human", "15 million, CV 0.28, n 5"),
    Reading("anatomy.developmental_cell_death", 0.0175 / 365.25, "1/d", "hum_turn", "1.75 % a year", TWO_DIGITS),
    Reading("lineage.neurogenesis.none.new_neurons", 0, "1/d", "hum_sorrells", "none detected at 18-77 y"),
    Reading("lineage.neurogenesis.low.new_neurons", 70, "1/d", "lineage.md 4", "a choice between 0 and 700"),
    Reading("lineage.neurogenesis.high.new_neurons", 700, "1/d", "hum_700", "700 a day per hippocampus"),
    Reading(
        "lineage.neurogenesis.low.maturation_stretch", 365.25 / 2 / 28, "1", "lineage.md 4", "6 months", THREE_DIGITS
    ),
    Reading("lineage.neurogenesis.high.maturation_stretch", 1, "1", "lineage.md 4", "4 wk, the mouse's 28 d"),
    Reading("pathways.activity.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("pathways.induced.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("pathways.measured_barrier.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("physiology.circulation.plasma_rest", 336, "pg/mL", "bdnf_plasma_rest_human", "336, venous"),
    Reading("physiology.circulation.serum_rest", 32.69, "ng/mL", "bdnf_serum_rest_human", "32.69, SD 8.33"),
    Reading("physiology.circulation.release_gain", 1.2, "1", "def_gain_plasma", "A = 1.2"),
    Reading("physiology.circulation.release_exponent", 1.45, "1", "def_gain_plasma", "n = 1.45"),
    Reading("physiology.circulation.release_on", 5, "min", "def_gain_plasma", "tau_on 5 min"),
    Reading("physiology.circulation.release_off", 24, "min", "def_gain_plasma", "tau_off 24 min"),
    Reading("physiology.circulation.plasma_clearance_half_life", 2, "min", "myokine.md 2.2", "k_a = ln2/2 min"),
    Reading("physiology.circulation.distribution_volume", 3, "L", "pk_vd_human", "3.0 L, chosen"),
    Reading(
        "physiology.circulation.trained_acute_gain",
        0.58 / 0.46 - 1,
        "1",
        "ma_acute_trained_szuhany",
        "g 0.58 trained against 0.46: 1.26 fold",
        THREE_DIGITS,
    ),
    Reading(
        "physiology.circulation.trained_rest_gain",
        0.28 * 0.255,
        "1",
        "ma_rest_szuhany",
        "g 0.28 x CV 25.5 % = 7 %",
        TWO_DIGITS,
    ),
    Reading("physiology.circulation.circadian_amplitude_male", 0.25, "1", "bdnf_diurnal_amp_default", "0.25, chosen"),
    Reading("physiology.circulation.circadian_amplitude_female", 0, "1", "bdnf_diurnal_men", "women: no rhythm"),
    Reading("physiology.circulation.circadian_peak_clock", 8, "h", "bdnf_diurnal_men", "peak 08:00"),
    Reading("physiology.circulation.sex_gain_female", 0.6, "1", "myokine.md 2.2", "women 0.6"),
    Reading("physiology.circulation.responder_sd", 0.6, "1", "myokine.md 2.2", "SD of ln G, human 0.6"),
    Reading("physiology.circulation.muscle_mass_exponent", 0.3, "1", "myokine.md 2.2", "a = 0.3"),
    Reading(
        "physiology.circulation.platelet_cargo",
        (32.69 - 0.336) * 1e3 / 250e6,
        "pg",
        "bdnf_serum_rest_human; myokine.md 2.2",
        "serum less plasma over 250e3 platelets a microlitre; 0.13 pg per 1e3 in the table",
        THREE_DIGITS,
    ),
    Reading("physiology.circulation.platelet_count", 250e3, "1/uL", "myokine.md 2.2", "250e3/uL"),
    Reading("physiology.circulation.platelet_on", 5, "min", "myokine.md 2.2", "5/12 on/off"),
    Reading("physiology.circulation.platelet_off", 12, "min", "myokine.md 2.2", "5/12 on/off"),
    Reading("physiology.circulation.serum_rise", 0.30, "1", "def_gain_serum", "0.30 I^1.2"),
    Reading("physiology.circulation.serum_exponent", 1.2, "1", "def_gain_serum", "0.30 I^1.2"),
    Reading("physiology.barrier.permeability", 1.5e-3, "mL/g/min", "myokine.md 2.3", "1.5e-3, in rats"),
    Reading("physiology.adaptation.half_dose", 15 * 0.6, "min/d", "myokine.md 2.3", "15 min/d at I 0.6, full effort"),
    Reading("physiology.volume.atrophy_young", 0.0038, "1/year", "fraser2015, from memory", "0.38 % below 55"),
    Reading("physiology.volume.atrophy_middle", 0.0098, "1/year", "fraser2015, from memory", "0.98 % at 55-69"),
    Reading("physiology.volume.atrophy_old", 0.0112, "1/year", "fraser2015, from memory", "1.12 % from 70"),
    Reading("physiology.volume.middle_age", 55, "year", "fraser2015, from memory", "bands < 55, 55 to < 70"),
    Reading("physiology.volume.old_age", 70, "year", "fraser2015, from memory", "bands 55 to < 70, >= 70"),
    Reading(
        "physiology.volume.gain",
        0.005 / (3 * 40 * 0.65 / 7 / (3 * 40 * 0.65 / 7 + 9)),
        "1/year",
        "myokine.md 2.9",
        "+0.5 %/yr above control, at the adaptation of the walking of beh_erickson",
        TWO_DIGITS,
    ),
    Reading("physiology.muscle.fitness_max", 1.5, "1", "myokine.md 2.6", "Emax 1.5"),
    Reading("physiology.muscle.detraining_fast_loss", 0.055, "1", "mus_vo2_detrain", "5.5(1-e^-t/7) %"),
    Reading("physiology.muscle.detraining_fast_time", 7, "d", "mus_vo2_detrain", "5.5(1-e^-t/7) %"),
    Reading("physiology.muscle.detraining_slow_loss", 0.11, "1", "mus_vo2_detrain", "11(1-e^-t/35) %"),
    Reading("physiology.muscle.detraining_slow_time", 35, "d", "mus_vo2_detrain", "11(1-e^-t/35) %"),
    Reading("physiology.muscle.disuse_mass_loss", 0.225, "1", "mus_disuse_csa", "22.5(1-e^-t/30) %"),
    Reading("physiology.muscle.disuse_mass_time", 30, "d", "mus_disuse_csa", "22.5(1-e^-t/30) %"),
    Reading("physiology.muscle.disuse_strength_loss", 0.50, "1", "mus_disuse_csa", "50(1-e^-t/23) %"),
    Reading("physiology.muscle.disuse_strength_time", 23, "d", "mus_disuse_csa", "50(1-e^-t/23) %"),
    Reading("physiology.muscle.hypertrophy_rate", 0.0012, "1/d", "myokine.md 2.6", "0.12 % a day"),
    Reading("physiology.muscle.ageing_mass_loss_male", 0.0047, "1/year", "mus_sarcopenia", "0.47 %/yr men"),
    Reading("physiology.muscle.ageing_mass_loss_female", 0.0037, "1/year", "mus_sarcopenia", "0.37 %/yr women"),
    Reading(
        "physiology.muscle.ageing_late_mass_loss_male",
        (0.0080 + 0.0098) / 2,
        "1/year",
        "mus_sarcopenia",
        "0.80-0.98 %/yr from 75 y; myokine.md 2.6 rounds to 0.9",
        TWO_DIGITS,
    ),
    Reading(
        "physiology.muscle.ageing_late_mass_loss_female", (0.0064 + 0.0070) / 2, "1/year", "mus_sarcopenia", "0.64-0.70"
    ),
    Reading("physiology.muscle.ageing_late_strength_loss_male", 0.034, "1/year", "goodpaster2006", "3.4 % white men"),
    Reading(
        "physiology.muscle.ageing_late_strength_loss_female", 0.026, "1/year", "goodpaster2006", "2.6 % white women"
    ),
    Reading("physiology.muscle.ageing_strength_late_onset", 70, "year", "goodpaster2006", "aged 70 to 79"),
    Reading("physiology.muscle.ageing_fitness_loss", 0.087 / 10, "1/year", "wilson2000", "sedentary -8.7 % a decade"),
    Reading("physiology.muscle.ageing_late_onset", 75, "year", "mus_sarcopenia", "from 75 y"),
    Reading("physiology.intensity.resting_oxygen", 3.5, "mL/kg/min", "act_intensity_classes", "1 MET"),
    Reading("physiology.intensity.hr_max", 220, "1/min", "myokine.md 2.1", "220 - age"),
    Reading("physiology.intensity.hr_max_decline", 1, "1/min/year", "myokine.md 2.1", "220 - age"),
    Reading("physiology.motivation.mood_gain", 0.15, "1", "rev_depr_mr", "well-being -> activity +0.15"),
    Reading("physiology.motivation.depression_gain", 0.25, "1", "rev_depr_mr", "beta -0.25"),
    Reading("physiology.mood.depression_relief", 0.62, "1", "beh_depression", "-0.62, walking or jogging"),
    Reading("signals.cathepsin_b.size", 0.30, "1", "ctsb_human_acute", "+30 % at VO2max"),
    Reading("signals.cathepsin_b.threshold", 0.65, "1", "ctsb_human_acute", "40 and 65 % n.s."),
    Reading(
        "signals.cathepsin_b.exponent",
        math.log(20 / 30) / math.log((0.80 - 0.65) / (1 - 0.65)),
        "1",
        "ctsb_human_acute",
        "ln(20/30)/ln(0.15/0.35) = 0.48",
        5e-2,  # as in the mouse: two points bear no second digit
    ),
    Reading("signals.irisin.size", 4.3 / 3.6 - 1, "1", "ir_human_level", "3.6 -> 4.3 ng/mL", 2.5e-2),
    Reading("signals.muscle_bdnf.size", -0.31, "1", "ctsb_human_acute", "mature protein of muscle -31 % at 3 h"),
    Reading("signals.muscle_bdnf.tau", 3, "h", "ctsb_human_acute", "sampled at 3 h"),
    Reading("signals.vegf.size", 0.28, "1", "acute_sit_weaver", "+28 +/- 36 %"),
]

RANGES = [
    Span("physiology.circulation.release_gain", 0.5, 1.8, "1", "def_gain_plasma", "A 0.5-1.8"),
    Span("physiology.circulation.release_exponent", 1, 2, "1", "def_gain_plasma", "n 1-2"),
    Span("physiology.circulation.release_on", 3, 15, "min", "myokine.md 2.2", "5 (3-15)"),
    Span("physiology.circulation.release_off", 12, 60, "min", "def_gain_plasma", "tau_off 12-60"),
    Span("physiology.circulation.distribution_volume", 3, 10, "L", "pk_vd_human", "3-10"),
    Span("physiology.muscle.training_threshold", 0.3, 0.45, "1", "swain2002", "30 % and 45 % of VO2 reserve"),
    Span("physiology.circulation.circadian_amplitude_male", 0, 0.4, "1", "bdnf_diurnal_amp_default", "0-0.4"),
    Span("physiology.circulation.trained_rest_gain", 0.07, 0.17, "1", "myokine.md 2.2", "0.07-0.17"),
    Span("physiology.circulation.sex_gain_female", 0, 1, "1", "myokine.md 2.2", "0.6 (0-1)"),
    Span("physiology.circulation.muscle_mass_exponent", 0, 1, "1", "myokine.md 2.2", "0.3 (0-1)"),
    Span(
        "physiology.circulation.platelet_cargo",
        6.84e-6,
        0.13e-3,
        "pg",
        "bdnf_per_platelet_low; myokine.md 2.2",
        "6.84 pg per million to 0.13 pg per thousand",
        TWO_DIGITS,
    ),
    Span("physiology.circulation.serum_rise", 0.1, 0.5, "1", "def_gain_serum", "0.1-0.5"),
    Span("physiology.barrier.permeability", 1.0e-3, 2.7e-3, "mL/g/min", "pk_bbb_ps_bdnf", "1.0-2.7 uL/g/min"),
    Span(
        "physiology.niche.rest_level",
        1.5e-3 * 336 / (0.2 * (math.log(2) / 10 + 0.005)),
        65,
        "pg/mL",
        "myokine.md 1",
        "free pool 25-65 pg/mL, of which plasma alone supplies 33.9 at the default permeability",
        THREE_DIGITS,
    ),
    Span(
        "physiology.volume.gain",
        0,
        0.025 / (3 * 40 * 0.65 / 7 / (3 * 40 * 0.65 / 7 + 9)),
        "1/year",
        "myokine.md 2.9",
        "0-2.5 %/yr above control",
        TWO_DIGITS,
    ),
    Span("physiology.muscle.hypertrophy_max", 0.20, 0.25, "1", "myokine.md 2.6", "saturates at +20-25 %"),
    Span("physiology.muscle.hypertrophy_rate", 0.0012, 0.0017, "1/d", "mus_hypertrophy", "0.12-0.17 % a day"),
    Span("physiology.muscle.ageing_late_mass_loss_male", 0.0080, 0.0098, "1/year", "mus_sarcopenia", "0.80-0.98"),
    Span("physiology.muscle.ageing_late_mass_loss_female", 0.0064, 0.0070, "1/year", "mus_sarcopenia", "0.64-0.70"),
    Span("physiology.motivation.mood_gain", 0.05, 0.25, "1", "rev_depr_mr", "0.05-0.25"),
    Span("physiology.motivation.depression_gain", 0.08, 0.42, "1", "rev_depr_mr", "-0.42 to -0.08"),
    Span("physiology.mood.depression_relief", 0.45, 0.80, "1", "beh_depression", "95 % CrI -0.80 to -0.45"),
]

DEPARTURES: list[Departure] = []

WITHOUT_FIGURE: dict[str, str] = {
    "physiology.muscle.bed_rest_disuse": "marusic2021: quadriceps -2.2 % at 5 d, -3.6 % at 10 d; fitted",
    "physiology.muscle.deconditioning_loss": "riedlarsen2017: 0.3 to 0.43 % a day, 1 to 90 d; fitted",
    "physiology.muscle.deconditioning_time": "riedlarsen2017: the same fit",
    "physiology.muscle.ageing_strength_loss": "justice2014, table: -19, -26, -40, -50 % in the 50s to 80s; fitted",
    "physiology.muscle.ageing_late_fitness_loss": "wilson2000: no break with age",
    "lineage.stem.consuming_young": "fitted to hum_700 and a recalled fourfold fall; no human division was read",
    "lineage.stem.consuming_aged": "as consuming_young",
    "lineage.ageing.time": "hum_700 says a modest decline with age and no pace",
    "lineage.stem.initial_count": "fitted to the 700 a day of hum_700; no count was read",
    "physiology.muscle.fitness_rate": "fitted; myokine.md 2.6 gives tau 4-6 wk for a fixed load, recalled",
}


def test_half_maxima_lie_as_far_above_rest_as_the_mouse_s() -> None:
    """Nothing was measured in man: the same multiple of the resting level, and so must be a new fit of the mouse."""
    man, mouse = (load_catalogue(species).value for species in ("human", "mouse"))
    path = "signals.bdnf.effects.activation.half_max"
    ratios = [value(path, "pg/mL") / value("physiology.niche.rest_level", "pg/mL") for value in (man, mouse)]
    assert ratios[0] == pytest.approx(ratios[1], rel=THREE_DIGITS)


def test_high_rate_is_the_turnover_of_the_renewing_cells() -> None:
    """lineage.md 4: 700 x 365 / 0.0175 = 14.6 million, the whole granule population."""
    value = load_catalogue(SPECIES).value
    renewing = value("lineage.neurogenesis.high.new_neurons", "1/d") * 365 / 0.0175
    assert renewing == pytest.approx(value("anatomy.granule_cells", "cells"), rel=0.03)


def test_people_in_bed_lose_what_was_read() -> None:
    """marusic2021, table 1: area of quadriceps, strength of the knee; riedlarsen2017: VO2max -0.3 to -0.43 % a day."""
    value = load_catalogue(SPECIES).value
    share = value("physiology.muscle.bed_rest_disuse", "1")

    def lost(what: str, day: float) -> float:
        most = value(f"physiology.muscle.disuse_{what}_loss", "1")
        return -share * most * math.expm1(-day / value(f"physiology.muscle.disuse_{what}_time", "d"))

    assert lost("mass", 5) == pytest.approx(0.022, abs=0.002)
    assert 0.011 <= lost("mass", 7) <= 0.030
    assert lost("mass", 10) == pytest.approx(0.036, abs=0.003)
    assert 0.041 <= lost("strength", 5) <= 0.086
    assert lost("strength", 14) == pytest.approx(0.145, abs=0.01)

    rest = 1 - value("physiology.everyday.bed_rest", "1")
    most, time = (
        value(f"physiology.muscle.deconditioning_{what}", unit) for what, unit in [("loss", "1"), ("time", "d")]
    )
    for day in (14, 90):
        assert 0.0029 <= -rest * most * math.expm1(-day / time) / day <= 0.0043


def test_people_lose_strength_with_age_as_was_read() -> None:
    """justice2014, table: averages of -19 % at 50 to 59 and -26 % at 60 to 69 years, from the young of 25."""
    yearly = load_catalogue(SPECIES).value("physiology.muscle.ageing_strength_loss", "1/year")
    assert math.exp(-yearly * (55 - 25)) == pytest.approx(1 - 0.19, abs=0.02)
    assert math.exp(-yearly * (65 - 25)) == pytest.approx(1 - 0.26, abs=0.02)
