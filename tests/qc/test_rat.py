"""Second reading of the rat catalogue, where it cites figures of its own."""

import math

import numpy as np
import pytest
from second_reading import (
    THREE_DIGITS,
    Departure,
    Reading,
    Span,
)

from neurogen_abm.spec.catalogue import load_catalogue

SPECIES = "rat"

CYCLE = 25 / 24  # tap_Tc_rat, recalled: 25 h
HALF_CALBINDIN = 14 + 7 * (50 - 34.2) / (68.3 - 34.2)  # rat_marker: 34.2 % at 14 d, 68.3 % at 21 d

READINGS = [
    Reading("physiology.hippocampus.tissue_bdnf", 88, "ng/g", "pk_dg_content", "88 in the dentate gyrus"),
    Reading(
        "physiology.muscle.ageing_strength_loss",
        -math.log(1 - 0.27) / (20 / 12),
        "1/year",
        "linderman2002",
        "peak tension -27 % at 27 over 7 months",
        0.02,
    ),
    Reading("anatomy.granule_cells_published", 1.2e6, "cells", "anat_gc_rat", "1.2 million, recalled"),
    Reading("lineage.stem.active_minimum", CYCLE, "d", "tap_Tc_rat", "25 h, recalled", THREE_DIGITS),
    Reading("lineage.progenitor.cycle_minimum", CYCLE, "d", "tap_Tc_rat", "25 h, recalled", THREE_DIGITS),
    Reading("lineage.neuron.late_stay", HALF_CALBINDIN - 7, "d", "rat_marker", "half at 17.2 d", THREE_DIGITS),
    Reading("lineage.neuron.maturing_stay", 70 - HALF_CALBINDIN, "d", "int_mature", "mature at 10 weeks", THREE_DIGITS),
    Reading("physiology.wheel.max_speed", 2 * 15, "m/min", "lac_lt_rat", "twice the threshold of 15 m/min"),
    Reading("physiology.barrier.permeability", 1.5e-3, "mL/g/min", "myokine.md 2.3", "1.5e-3, in rats"),
    Reading("physiology.barrier.extracellular_fraction", 0.2, "1", "pk_ecs_alpha", "0.2, rat and mouse"),
    Reading("physiology.niche.diffusion_free", 27.5, "um**2/s", "pk_diff_ngf", "2.75e-7 cm2/s in rat striatum"),
    Reading(
        "physiology.wheel.default_distance", 2.293, "km/d", "hip_dose_flat", "the middle group of runners", THREE_DIGITS
    ),
    Reading("signals.selenoprotein_p.size", 1, "1", "sepp1_leiter22", "doubled, in mice"),
    Reading("signals.selenoprotein_p.tau", 2, "d", "myokine.md 2.5", "2 d"),
    Reading("histology.cycle.s_phase", 9.5, "h", "s_phase", "9.5 h in the note on the rat, recalled"),
    Reading("histology.label.saturating_dose", 300, "mg/kg", "brdu_dose_rat", "300 mg/kg saturate in the rat"),
    Reading("pathways.activity.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("pathways.induced.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("pathways.measured_barrier.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
    Reading("pathways.messengers.barrier_gain", 1, "1", "pk_bbb_ps_bdnf", "permeability as measured"),
]

RANGES = [
    Span("lineage.neuron.late_stay", 21 - 14, 21 - 7, "d", "surv_rat_vs_mouse", "1-2 weeks before the mouse's 21 d"),
    Span("physiology.barrier.permeability", 1.0e-3, 2.7e-3, "mL/g/min", "pk_bbb_ps_bdnf", "1.0-2.7 uL/g/min"),
    Span("physiology.niche.diffusion_free", 27.5 - 2.4, 27.5 + 2.4, "um**2/s", "pk_diff_ngf", "SE 0.24e-7 cm2/s"),
    Span("physiology.wheel.default_distance", 0.672, 4.726, "km/d", "hip_dose_flat", "672 to 4726 m/d", THREE_DIGITS),
]

DEPARTURES = [
    Departure(
        "anatomy.developmental_cell_death",
        -math.log(1 - 0.15) / (4 * 30.4375),
        "1/d",
        "death_dev2",
        "15 % of cells born on P6; those born on E19 and P21 lose none, and the whole count grows",
    ),
]

# Fitted by us: only the ends the evidence gives are compared.
WITHIN = [
    Span(
        "anatomy.granule_cells", 0.9e6, 1.2e6, "cells", "anat_gc_rat", "fewer at a month than the adult's 1.2 million"
    ),
    Span("lineage.stem.dormant_activation_floor", 0.001, 0.01, "1/d", "lineage.md 2.2", "floor 0.001-0.01"),
    Span("lineage.progenitor.cycle_pause_young", 0, 7 - CYCLE, "d", "lineage.md 2.3", "cycle 0.5-7 d in all"),
    Span("physiology.adaptation.half_dose", 0, 0.7, "km/d", "hip_dose_flat", "672 m/d already saturate: below 0.7"),
]

WITHOUT_FIGURE: dict[str, str] = {
    "physiology.muscle.fitness_max": "schenk2024: trained over sedentary 82.9/66.9, 77.2/59.2; a choice above them",
    "physiology.muscle.training_dose": "schenk2024: fitted, tests/test_muscle_health.py holds the courses",
    "physiology.muscle.ageing_fitness_fall": "schenk2024: 71.7 at 6, 53.0 at 18 months, males 65.5, 46.2 mL/kg/min",
    "physiology.muscle.ageing_fitness_fall_time": "schenk2024: sedentary 73.8 to 66.9, 62.9 to 59.2 in eight weeks",
    "physiology.muscle.ageing_late_fitness_loss": "f344bn2004: -10 % at 24, -33 % at 35 over 12 months",
    "physiology.muscle.ageing_fitness_late_onset": "f344bn2004: the middle age",
    "physiology.muscle.ageing_late_mass_loss_male": "lushaj2008: significant at 30-33 months, no size",
    "physiology.muscle.ageing_late_mass_loss_female": "lushaj2008: no size",
    "physiology.muscle.ageing_late_onset": "lushaj2008: no significant change before 30 months",
    "lineage.neuron.death_hazard_aged": "fitted between surv_rat_vs_mouse and death_dayer, its ends in the test below",
    "lineage.progenitor.cycle_pause_aged": "tap_Tc_rat_age says unchanged; the test below holds it to the young value",
    "lineage.stem.activation_decline": "fitted; lineage.md 2.2 gives the form and the mouse's 70 d",
    "lineage.stem.initial_count": "fitted to net_rat and net_rat_month; no count was read",
}


def _alive(days_after: np.ndarray) -> np.ndarray:
    """Return the chance that a neuron lives so long after its last division, by the table of the catalogue."""
    value = load_catalogue(SPECIES).value
    edges = np.append(value("lineage.neuron.death_age", "d"), math.inf)
    hazard = value("lineage.neuron.death_hazard_aged", "1/d") * value("lineage.neuron.death_scale_aged", "1")
    spent = np.clip(days_after[:, None], edges[:-1], edges[1:]) - edges[:-1]
    return np.exp(-(spent * hazard).sum(axis=1))


def test_two_fifths_to_a_half_of_the_new_cells_die_between_the_first_week_and_the_fourth() -> None:
    """surv: 0.4 of those of week 1 by week 4 (snyder2009_species); death_dayer: half from day 6 to day 28, 0.0315/d."""
    week, month = _alive(np.array([7.0, 28.0]))
    assert 0.38 <= 1 - month / week <= 0.5
    hazard = load_catalogue(SPECIES).value("lineage.neuron.death_hazard_aged", "1/d")
    assert -math.log(1 - 0.4) / 21 <= hazard[3] <= math.log(2) / (28 - 6)


def test_their_death_is_steady_and_then_over() -> None:
    """death_dayer: a steady rate from day 6 to day 28, and the survivors stay for five months."""
    hazard = load_catalogue(SPECIES).value("lineage.neuron.death_hazard_aged", "1/d")
    ages = load_catalogue(SPECIES).value("lineage.neuron.death_age", "d")
    assert np.ptp(hazard[(ages >= 4) & (ages < 28)]) == 0
    assert not hazard[ages >= 28].any()


def test_twice_as_many_survive_as_in_the_mouse() -> None:
    """surv_rat_vs_mouse: 2x. The mouse's young survival, 0.30 by lineage.md 2.3, falls fast; the span is 0.8-1.25."""
    assert 0.8 * 2 * 0.30 <= _alive(np.array([60.0]))[0] <= 1.25 * 2 * 0.30


def test_the_cycle_does_not_lengthen_with_age() -> None:
    """tap_Tc_rat_age: unchanged from young to middle age."""
    value = load_catalogue(SPECIES).value
    young, aged = (value(f"lineage.progenitor.cycle_pause_{age}", "d") for age in ("young", "aged"))
    assert aged == pytest.approx(young)


def test_a_round_of_division_takes_longer_than_the_mouse_s() -> None:
    """25 h against 14 h; brdu_cycle: labelled cells are last in cycle at 4 d in both, room for three rounds."""
    rat, mouse = (
        load_catalogue(species).value("lineage.progenitor.cycle_minimum", "d")
        + load_catalogue(species).value("lineage.progenitor.cycle_pause_young", "d")
        for species in ("rat", "mouse")
    )
    assert 25.0 / 24.0 <= rat <= 4.0 / 3.0
    assert 14.0 / 24.0 <= mouse < rat


def test_neurons_mature_one_to_two_weeks_before_the_mouse_s() -> None:
    """surv_rat_vs_mouse: markers 1-2 weeks earlier."""
    rat, mouse = (
        sum(load_catalogue(species).value(f"lineage.neuron.{stay}_stay", "d") for stay in ("early", "late"))
        for species in ("rat", "mouse")
    )
    assert 7 <= mouse - rat <= 14


def test_running_wears_off_less_than_in_the_mouse() -> None:
    """patten2013_rat_duration: proliferation still raised after 56 d; in mice it is back within a month."""
    for effect in ("activation", "amplification"):
        depth = [
            load_catalogue(species).value(f"signals.bdnf.effects.{effect}.habituation.depth", "1")
            for species in ("rat", "mouse")
        ]
        assert depth[0] < depth[1]
