"""The laws of the model as formulas, each beside the function that works it out.

A formula is an expression over the arguments of its function, in Python's notation; tests work both out for random
arguments, so that the formula a reader sees is the law that a run obeys. Laws that are solved as differential equations
are written as such, with the test that holds the solution to them.
"""

import ast
from collections.abc import Mapping
from typing import Final, NamedTuple


class Law(NamedTuple):
    """One law."""

    function: str  # dotted, below `neurogen_abm`
    says: str  # what it gives, in words
    formula: str  # over the arguments of the function
    where: Mapping[str, str] = {}  # argument -> what stands for it: the path of a parameter, or words


class Motion(NamedTuple):
    """A law of change: a differential equation, or a rule of chance, that a function solves."""

    function: str  # dotted, below `neurogen_abm`
    says: str
    equation: str
    test: str  # file and function that hold the solution to it


_STEM = "lineage.stem"
_AGE = {"young_age_h": "lineage.ageing.young_age", "time_h": "lineage.ageing.time"}
LAWS: Final[dict[str, tuple[Law, ...]]] = {
    "blood": (
        Law(
            "biology.release.release_target",
            "extra release of BDNF that a held intensity approaches, over resting release",
            "gain * release_gain * intensity**exponent if intensity > 0 else 0",
            {
                "release_gain": "physiology.circulation.release_gain",
                "exponent": "physiology.circulation.release_exponent",
            },
        ),
        Law(
            "biology.release.release_gain_factor",
            "individual factor on release: muscle, training, sex, responder",
            "muscle_mass**mass_exponent * max(0, 1 + gain_per_fitness * (fitness - 1)) * sex * responder",
        ),
        Law(
            "biology.release.resting_level",
            "resting level in plasma of a trained body, over that of a sedentary one",
            "max(0, 1 + rest_per_fitness * (fitness - 1))",
        ),
        Law(
            "biology.release.circadian_factor",
            "daily rhythm of plasma BDNF",
            "1 + amplitude * cos(2 * pi * ((minute + 0.5 - peak_min) % 1440) / 1440)",
        ),
        Law(
            "biology.release.less_everyday",
            "release where everyday activity, which made `lost` of it, is lacking",
            "max(target - lost, -1)",
        ),
        Law(
            "biology.release.infusion_fold",
            "steady rise of plasma by an intravenous infusion",
            "rate_pg_min / (plasma_rate_per_min * volume_ml * p0_pg_ml)",
        ),
        Law(
            "biology.release.serum_pg_ml",
            "what a serum assay reads, platelets included; it drives nothing",
            "plasma_pg_ml + platelets_per_ul * cargo_pg_per_1000 * (1 + rise * platelet_state)",
        ),
        Law(
            "biology.exerkines.exerkine_response",
            "share of a messenger's full rise",
            "dose_drive if by_dose > 0.5 else 0 if intensity <= threshold"
            " else ((intensity - threshold) / (1 - threshold))**exponent",
        ),
        Law(
            "biology.stress.stress_response",
            "share of its full rise that the stress hormone is driven to",
            "((((intensity - s.threshold) / (1 - s.threshold))**s.exponent if intensity > s.threshold else 0)"
            " + s.forced * forced) * (1 - s.depth * habit) + s.novelty * max(0, drive - habit)"
            " + (s.excess * (dose - s.excess_dose) / dose if dose > s.excess_dose else 0)",
        ),
    ),
    "muscle": (
        Law(
            "biology.muscle.training_load",
            "what the running of a week asks of the body, on the scale of fitness",
            "1 + (fitness_max - 1) * max(0, daily_dose) / reference_dose",
        ),
        Law(
            "biology.muscle.resistance_stimulus",
            "share of full resistance training",
            "min(1, max(0, load_min_per_d) / full_load_min_per_d)",
        ),
        Law(
            "biology.muscle.approach",
            "a slow state after a time, on its way to a target: how every slow state of the body and the mind moves",
            "target + (value - target) * exp(-dt / tau)",
        ),
        Law(
            "biology.ageing.mass_of_age",
            "muscle mass by age alone",
            "max(0.1, 1 - p.mass_loss * max(0, min(age_yr, p.late_mass_yr) - p.mature_yr)"
            " - p.late_mass_loss * max(0, age_yr - max(p.late_mass_yr, p.mature_yr)))",
        ),
        Law(
            "biology.ageing.strength_of_age",
            "strength by age alone",
            "max(0.1, exp(-p.strength_loss * max(0, min(age_yr, p.late_strength_yr) - p.mature_yr)"
            " - p.late_strength_loss * max(0, age_yr - max(p.late_strength_yr, p.mature_yr))))",
        ),
        Law(
            "biology.ageing.fitness_of_age",
            "aerobic capacity by age alone",
            "max(0.1, 1 - p.fitness_fall * (1 - exp(-max(0, age_yr - p.mature_yr) / p.fitness_fall_yr))"
            " - p.fitness_loss * max(0, min(age_yr, p.late_fitness_yr) - p.mature_yr)"
            " - p.late_fitness_loss * max(0, age_yr - max(p.late_fitness_yr, p.mature_yr)))",
        ),
        Law(
            "biology.capacity.held",
            "highest intensity that a body can hold for so long",
            "(minutes / p.full_min)**-p.fall if minutes >= p.full_min else 1 + p.sprint_gain * (p.full_min / minutes - "
            "1)",
        ),
    ),
    "drive": (
        Law(
            "biology.motivation.drive_target",
            "drive to move that is approached",
            "max(0, p.rest * circadian * age_factor * (1 + p.dopamine_gain * dopamine + p.mood_gain * mood"
            " + p.neurogenesis_gain * neurogenesis + p.fitness_gain * fitness - p.fatigue_gain * fatigue"
            " - p.depression_gain * depression - p.stress_gain * stress))",
        ),
        Law(
            "biology.motivation.drive_of_age",
            "drive to run by age",
            "max(0, 1 - (1 - aged_drive) * max(0, age_d - mature_d) / (aged_d - mature_d))",
        ),
        Law(
            "biology.motivation.trainability",
            "factor of BDNF on how fast training works",
            "1 + gain * bdnf_rise / (2 + bdnf_rise)",
        ),
        Law("biology.mood.saturated", "a sum that never passes -1 or 1", "x / (1 + abs(x))"),
        Law(
            "biology.mood.felt_stress",
            "rise of corticosterone as it counts",
            "max(0, corticosterone) * max(0, 1 + buffer * (1 - min(young, 2)))",
        ),
        Law(
            "biology.mood.overload",
            "how much a day asked more than the body can",
            "max(0, load - fitness) / (fitness_max - 1) if fitness_max > 1 else 0",
        ),
        Law(
            "biology.mood.lost_sleep",
            "share of the sleep needed that running left no time for",
            "min(1, max(0, active_h - max(0, 24 - sleep_h)) / sleep_h)",
        ),
        Law(
            "biology.mood.depressing",
            "depression that is approached",
            "max(0, p.depression_per_stress * stress / (1 + abs(stress))"
            " + p.depression_per_kynurenine * kynurenine / (1 + abs(kynurenine))"
            " + p.depression_per_miss * missed - p.depression_relief * use)",
        ),
        Law(
            "biology.mood.mood_index",
            "mood, -1 to 1",
            "tanh(p.mood_per_use * use - p.mood_per_depression * depression - p.mood_per_anxiety * anxiety"
            " - p.mood_per_fatigue * fatigue)",
        ),
    ),
    "niche": (
        Law(
            "biology.niche.decay_rate_per_s",
            "decay of BDNF in the niche",
            "log(2) / half_life_s + bulk_clearance_per_s / (1 + binding_ratio)",
        ),
        Law("biology.niche.effective_diffusion", "diffusion slowed by binding", "free / (1 + binding_ratio)"),
        Law(
            "biology.niche.barrier_influx_pg_ml",
            "free level at rest that blood alone keeps up through the barrier",
            "permeability_ml_g_min * plasma_rest_pg_ml / (1 + binding_ratio)"
            " / (extracellular_fraction * 60 * decay_per_s)",
        ),
    ),
    "effects": (
        Law(
            "biology.hazards.receptor_shift",
            "how far a signal moves its receptors from rest",
            "(fold**hill / (fold**hill + half_max_fold**hill) - 1 / (1 + half_max_fold**hill))"
            " / (1 - 1 / (1 + half_max_fold**hill))",
        ),
        Law(
            "biology.hazards.receptor_lack",
            "share of the tone at rest that is missing, for effects of a lack",
            "max(1 - fold**hill / (fold**hill + half_max_fold**hill) * (1 + half_max_fold**hill), 0)",
        ),
        Law("biology.hazards.effect_factor", "factor of an effect on its base rate", "towards**shift"),
        Law(
            "biology.hazards.habituated",
            "usual factor of an effect that fades; what is felt is factor / usual**depth",
            "usual + (factor - usual) * (1 - exp(-dt_h / time_h))",
        ),
        Law(
            "biology.hazards.leaky_mean",
            "level that an effect follows where it is slow",
            "value + (mean - value) * exp(-dt_h / time_h)",
        ),
        Law(
            "biology.hazards.lost_gain",
            "gain of an effect that is lost by desensitisation",
            "loss * max(shift, 0) / (1 + loss * max(shift, 0)) + (lost - loss * max(shift, 0)"
            " / (1 + loss * max(shift, 0))) * exp(-dt_h * (1 + loss * max(shift, 0)) / time_h)",
        ),
    ),
    "stem": (
        Law(
            "biology.hazards.activation_hazard",
            "hazard of activation of quiescent stem cells by age; dormant and resting ones have numbers of their own",
            "floor + rise * exp(-(age_h - initial_age_h) / decline_h)",
            {
                "floor": f"{_STEM}.dormant_activation_floor",
                "rise": f"{_STEM}.dormant_activation_rise",
                "decline_h": f"{_STEM}.activation_decline",
                "initial_age_h": f"{_STEM}.initial_age",
            },
        ),
        Law(
            "biology.hazards.aged_weight",
            "weight of the numbers of aged animals",
            "1 - exp(-max(age_h - young_age_h, 0) / time_h)",
            _AGE,
        ),
        Law(
            "biology.hazards.between",
            "a number at an age, between those of the young and the aged",
            "young + (aged - young) * weight",
        ),
    ),
    "progenitor": (
        Law(
            "biology.lineage.odds_scaled",
            "probability of one more division, its odds times the factor of the signals",
            "probability * factor / (1 - probability + probability * factor)",
        ),
    ),
    "neuron": (
        Law(
            "biology.hazards.crowding",
            "factor on the death hazard where neurons share boutons; the pool is `lineage.integration.pool` times the "
            "columns of the block, and times what signals make of it",
            "1 + rivalry * (rivals / pool - 1) if rivals > pool else 1",
            {"rivalry": "lineage.integration.rivalry"},
        ),
    ),
    "memory": (
        Law(
            "biology.forgetting.grown",
            "share of its terminals that a neuron has formed",
            "min(max((age_h - first_h) / (all_h - first_h), 0), 1)",
            {"first_h": "memory.terminals.first", "all_h": "memory.terminals.all"},
        ),
        Law(
            "biology.forgetting.kept",
            "share of old terminals that still work where new ones have been formed",
            "exp(-wear * formed / present)",
            {"wear": "memory.terminals.wear"},
        ),
        Law(
            "biology.forgetting.completed",
            "how much of the pattern recurrent CA3 completes",
            "retrieval**steepness * (1 + half**steepness) / (retrieval**steepness + half**steepness)",
        ),
    ),
}
MOTIONS: Final[dict[str, tuple[Motion, ...]]] = {
    "blood": (
        Motion(
            "biology.plasma.advance_minutes",
            "release R, plasma P, plasma as the niche sees it v, hippocampal activity h, messengers x, daily dose D, "
            "slow adaptation A, minute by minute and exactly",
            "dR/dt = (G A I^n - R) / tau\n"
            "dP/dt = k_a (C(t) rest (1 + R) + infusion - P)\n"
            "dv/dt = k_niche (P - v)\n"
            "dh/dt = (I - passive - h) / tau_h\n"
            "dx/dt = (size * response - x) / tau_x\n"
            "dD/dt = (dose rate - D) / 1 d\n"
            "dA/dt = (D / (D + D50) - A) / tau_A",
            "tests/biology/test_plasma.py::test_every_state_and_every_mean",
        ),
    ),
    "muscle": (
        Motion(
            "biology.muscle.trained",
            "fitness E under a load L above it, in closed form",
            "dE/dt = k (L - E) (E_max - E) / E_max",
            "tests/biology/test_muscle.py::test_training_is_the_solution_of_its_equation",
        ),
    ),
    "niche": (
        Motion(
            "engine.field",
            "free BDNF F around capillaries, quasi-steady; kappa bound to one free",
            "(1 + kappa) dF/dt = D lap F + PS plasma / alpha - ((1 + kappa) k_degradation + k_bulk) F",
            "tests/engine/test_field.py::test_the_lattice_reaches_the_continuous_cosine_solution_at_second_order",
        ),
    ),
    "stem": (
        Motion(
            "engine.timers.first_event",
            "every quiescent stem cell and every young neuron spends an exponential variate, its reserve, at its "
            "hazard; a timer is spent at its pace; what runs out first happens",
            "d reserve/dt = -hazard(t)\nd clock/dt = -pace(t)",
            "tests/engine/test_timers.py::test_survival_under_a_constant_hazard_is_exponential_at_any_step",
        ),
    ),
}


def readable(formula: str) -> str:
    """Return a formula as a person writes it: a product as a point, a power as a caret, a case in words.

    >>> readable("floor + rise * exp(-(age_h - initial_age_h) / decline_h)")
    'floor + rise · exp(-(age_h - initial_age_h) / decline_h)'
    >>> readable("1 + x if x > 0 else x**n")
    '1 + x where x > 0, otherwise x ^ n'
    """
    return _cases(ast.parse(formula, mode="eval").body)


def _cases(node: ast.expr) -> str:
    if isinstance(node, ast.IfExp):
        return f"{_cases(node.body)} where {_cases(node.test)}, otherwise {_cases(node.orelse)}"
    text = ast.unparse(node)
    for inner in ast.walk(node):
        if isinstance(inner, ast.IfExp):
            text = text.replace(f"({ast.unparse(inner)})", f"[{_cases(inner)}]")
    return text.replace("**", "^").replace(" * ", " · ").replace(">=", "≥").replace("<=", "≤")
